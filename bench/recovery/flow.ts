/** A slow stream of events that never ends, and the first decision of it after a moment. */
import type { Application } from "../kafka/application.js";
import { clockMs } from "../kafka/clock.js";
import { DecisionWatch, type SeenDecision } from "../kafka/decisions.js";
import { type Producer, produce } from "../kafka/produce.js";

const DECIDED_WITHIN_MS = 300_000;
/** A service has caught up when its decisions are not older. */
const CAUGHT_UP_MS = 1_000;
const A_DAY_SECONDS = 24 * 60 * 60;

export interface FlowLoad {
  /** Each has one event before the stream begins. */
  readonly conversations: number;
  readonly perSecond: number;
}

interface Waiting {
  readonly isSo: (seen: SeenDecision) => boolean;
  readonly tell: (seen: SeenDecision) => void;
}

export class Flow {
  private readonly waiting = new Set<Waiting>();

  private constructor(private readonly producer: Producer) {}

  /** Returns once every conversation has its event. */
  static async start(application: Application, { conversations, perSecond }: FlowLoad): Promise<Flow> {
    const producer = produce(application, { conversations, atOnce: conversations, perSecond, seconds: A_DAY_SECONDS });
    await producer.steady;
    return new Flow(producer);
  }

  /** From now on decisions are looked at. */
  watch(application: Application): Promise<DecisionWatch> {
    return DecisionWatch.start(application, (seen) => {
      for (const one of this.waiting) {
        if (!one.isSo(seen)) continue;
        this.waiting.delete(one);
        one.tell(seen);
      }
    });
  }

  stop(): void {
    this.producer.stop();
  }

  /** The first decision of an event that was produced after then. @throws Error when none comes */
  decidedAfter(producedMs: number): Promise<SeenDecision> {
    return this.first((seen) => seen.producedMs > producedMs);
  }

  /** Nothing waits any more. */
  caughtUp(): Promise<SeenDecision> {
    return this.first((seen) => clockMs() - seen.producedMs < CAUGHT_UP_MS);
  }

  private first(isSo: Waiting["isSo"]): Promise<SeenDecision> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`nothing was decided in ${DECIDED_WITHIN_MS} ms`)),
        DECIDED_WITHIN_MS,
      );
      const tell = (seen: SeenDecision) => {
        clearTimeout(timer);
        resolve(seen);
      };
      this.waiting.add({ isSo, tell });
    });
  }
}
