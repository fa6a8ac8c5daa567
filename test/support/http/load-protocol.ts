/** What a load client is told to do, and what it tells in the end. */

export interface LoadOptions {
  readonly host: string;
  readonly port: number;
  readonly secret: string;
  readonly pace: Pace;
  /** Null: until it is told to stop. */
  readonly seconds: number | null;
  /** The number of the first event; the next are those after it. */
  readonly firstNumber: number;
  readonly conversations: number;
}

export type Pace =
  /** The next request of a connection goes when the one before is answered. */
  | { readonly kind: "closed"; readonly connections: number }
  /** By the clock, whatever the answers do, over connections that are open before the first, as a proxy has them. */
  | { readonly kind: "open"; readonly perSecond: number; readonly connections: number };

export interface LoadReport {
  readonly sent: number;
  /** Requests that were due when every connection was taken. */
  readonly unsent: number;
  /** How many answers had which status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** How many requests had no answer, by the error. */
  readonly failures: Readonly<Record<string, number>>;
  /** From the first request to the last answer. */
  readonly elapsedMs: number;
  /** Of those that were accepted. Milliseconds. */
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly p999: number; readonly max: number };
  /** How many connections were opened: more than were asked for when some were closed. */
  readonly connections: number;
  /** The share of its time in which the client itself was at work: near 1, it measured itself. */
  readonly busy: number;
  /** Bit n: the event `firstNumber + n` got a 202. Base64. */
  readonly accepted: string;
}

/** The numbers of the events that got a 202. */
export function* acceptedNumbers({ accepted }: LoadReport, { firstNumber }: LoadOptions): Generator<number> {
  for (const [index, byte] of Buffer.from(accepted, "base64").entries()) {
    for (let bit = 0; bit < 8; bit++) if ((byte & (1 << bit)) !== 0) yield firstNumber + index * 8 + bit;
  }
}
