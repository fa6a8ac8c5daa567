/** The options as they are used: checked, with their defaults. */
import type { ConnectionOptions } from "node:tls";
import { type ClusterOptions, type Sasl, WireError } from "../runtime/kafka/wire/index.js";
import { ConsumerOptionError } from "./errors.js";
import type { Bounds, ConsumeOptions, ConsumerTls, From } from "./options.js";

/** Where a partition is rewound to. */
export type Rewind =
  | { readonly kind: "beginning" }
  | { readonly kind: "offset"; readonly offset: number }
  | { readonly kind: "timestamp"; readonly timestampMs: number };

export interface Settings {
  readonly cluster: ClusterOptions;
  readonly groupId: string;
  readonly topic: string;
  /** Where the partition is rewound to; null when it is not. */
  readonly rewindOf: (partition: number) => Rewind | null;
  /** The partitions that are named one by one. */
  readonly namedPartitions: readonly number[];
  readonly rewindId: string | null;
  /** Read every partition from its beginning whenever it comes: nothing is kept of what was read before. */
  readonly relearns: boolean;
  readonly bounds: Required<Bounds>;
  readonly progressIntervalMs: number;
  readonly sessionTimeoutMs: number;
  readonly stopTimeoutMs: number;
  readonly giveUpTimeoutMs: number;
  readonly commitIntervalMs: number;
  readonly connectTimeoutMs: number;
  readonly registryTimeoutMs: number;
  readonly log: (level: "info" | "warn", message: string) => void;
}

const DEFAULT_TOPIC = "queue-assignments";
const MIN_BUFFERED_BYTES = 64 * 1024;
const MAX_REWIND_ID = 200;
/** Timers cannot take much more. */
const LONGEST_MS = 86_400_000;

/** @throws ConsumerOptionError naming the option */
export function settingsOf<Handle>(options: ConsumeOptions<Handle>): Settings {
  const { topicPrefix = "", from = "committed", rewindId = null, store, signal: _, log = () => undefined } = options;
  const groupId = text("groupId", options.groupId);
  const topic = options.topic === undefined ? `${topicPrefix}${DEFAULT_TOPIC}` : text("topic", options.topic);
  const sessionTimeoutMs = whole("sessionTimeoutMs", options.sessionTimeoutMs, 10_000, 1);
  checkCalls(options);
  checkRewindId(from, rewindId);
  const relearns = !store.durable;
  if (relearns && from !== "beginning")
    throw new ConsumerOptionError(
      "from",
      `must be "beginning" with a store that does not outlive the process: what it has forgotten has to be read again`,
    );
  return {
    cluster: {
      brokers: brokersOf(options.brokers),
      clientId: options.clientId ?? "queue-ratchet-consumer",
      tls: tlsOf(options.tls),
      sasl: saslOf(options.sasl),
      log: (level, message) => {
        if (level === "warn" || level === "error") log("warn", `kafka: ${message}`);
      },
    },
    groupId,
    topic,
    rewindOf: rewindOf(from),
    namedPartitions: namedIn(from),
    rewindId,
    relearns,
    bounds: boundsOf(options.bounds ?? {}),
    progressIntervalMs: whole("progressIntervalMs", options.progressIntervalMs, 5_000, 1),
    sessionTimeoutMs,
    stopTimeoutMs: whole("stopTimeoutMs", options.stopTimeoutMs, 10_000, 0),
    giveUpTimeoutMs: Math.min(options.stopTimeoutMs ?? Number.POSITIVE_INFINITY, Math.floor(sessionTimeoutMs / 2)),
    commitIntervalMs: whole("commitIntervalMs", options.commitIntervalMs, 100, 0),
    connectTimeoutMs: whole("connectTimeoutMs", options.connectTimeoutMs, 30_000, 1),
    registryTimeoutMs: whole("registryTimeoutMs", options.registryTimeoutMs, 60_000, 0),
    log,
  };
}

function checkCalls<Handle>({ apply, applyBatch, store }: ConsumeOptions<Handle>): void {
  if ((apply === undefined) === (applyBatch === undefined))
    throw new ConsumerOptionError("apply", "give either apply or applyBatch");
  if (store === undefined)
    throw new ConsumerOptionError("store", "missing: a store of your own, memoryStore() or noStore");
}

function checkRewindId(from: From, rewindId: string | null): void {
  if (rewindId === null) return;
  if (from === "committed") throw new ConsumerOptionError("rewindId", "names a rewind, and from asks for none");
  if (rewindId === "" || rewindId.length > MAX_REWIND_ID)
    throw new ConsumerOptionError("rewindId", `must have 1 to ${MAX_REWIND_ID} characters`);
}

function brokersOf(brokers: readonly string[] | string): readonly string[] {
  const list = (typeof brokers === "string" ? brokers.split(",") : (brokers ?? [])).map((broker) => broker.trim());
  if (list.filter((broker) => broker !== "").length === 0)
    throw new ConsumerOptionError("brokers", "none was given: name one at least, as host:port");
  return list;
}

function tlsOf(tls: ConsumerTls | boolean | undefined): ConnectionOptions | null {
  if (tls === undefined || tls === false) return null;
  if (tls === true) return {};
  const { ca, cert, key, passphrase, servername, rejectUnauthorized } = tls;
  return {
    ...(ca === undefined ? {} : { ca: pem(ca) }),
    ...(cert === undefined ? {} : { cert: pem(cert) }),
    ...(key === undefined ? {} : { key: pem(key) }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(servername === undefined ? {} : { servername }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
  };
}

function pem(given: string | Uint8Array): string | Buffer {
  return typeof given === "string" ? given : Buffer.from(given);
}

function saslOf(sasl: Sasl | undefined): Sasl | null {
  if (sasl === undefined) return null;
  if (!["plain", "scram-sha-256", "scram-sha-512"].includes(sasl.mechanism))
    throw new ConsumerOptionError("sasl", "its mechanism must be plain, scram-sha-256 or scram-sha-512");
  text("sasl.username", sasl.username);
  text("sasl.password", sasl.password);
  return sasl;
}

function boundsOf({ maxBatchRecords, maxBufferedBytes, maxConcurrentBatches }: Bounds): Required<Bounds> {
  return {
    maxBatchRecords: whole("bounds.maxBatchRecords", maxBatchRecords, 500, 1),
    maxBufferedBytes: whole("bounds.maxBufferedBytes", maxBufferedBytes, 8 * 1024 * 1024, MIN_BUFFERED_BYTES),
    maxConcurrentBatches: whole("bounds.maxConcurrentBatches", maxConcurrentBatches, 1, 1),
  };
}

function namedIn(from: From): readonly number[] {
  if (typeof from === "string" || !("offset" in from) || typeof from.offset === "number") return [];
  return Object.keys(from.offset).map(Number);
}

/** @throws ConsumerOptionError */
function rewindOf(from: From): (partition: number) => Rewind | null {
  if (from === "committed") return () => null;
  if (from === "beginning") return () => ({ kind: "beginning" });
  if (typeof from !== "object" || from === null)
    throw new ConsumerOptionError("from", `must be "committed", "beginning", { offset } or { timestamp }`);
  if ("timestamp" in from) {
    const timestampMs = whole("from.timestamp", Number(from.timestamp), 0, 0);
    return () => ({ kind: "timestamp", timestampMs });
  }
  const { offset: wanted } = from;
  if (typeof wanted === "number") {
    const offset = whole("from.offset", wanted, 0, 0);
    return () => ({ kind: "offset", offset });
  }
  if (typeof wanted !== "object" || wanted === null)
    throw new ConsumerOptionError("from", `must be "committed", "beginning", { offset } or { timestamp }`);
  const offsets = new Map(
    Object.entries(wanted).map(([name, offset]) => [
      whole(`from.offset: the partition ${name}`, Number(name), 0, 0),
      whole(`from.offset[${name}]`, offset, 0, 0),
    ]),
  );
  return (partition) => {
    const offset = offsets.get(partition);
    return offset === undefined ? null : { kind: "offset", offset };
  };
}

function text(option: string, value: string): string {
  if (typeof value !== "string" || value === "") throw new ConsumerOptionError(option, "missing");
  return value;
}

function whole(option: string, value: number | undefined, byDefault: number, least: number): number {
  const number = value ?? byDefault;
  if (!Number.isSafeInteger(number) || number < least)
    throw new ConsumerOptionError(option, `must be a whole number from ${least} on, not ${String(value)}`);
  if (option.endsWith("TimeoutMs") || option.endsWith("IntervalMs"))
    if (number > LONGEST_MS)
      throw new ConsumerOptionError(option, `must be ${LONGEST_MS} (a day) at most, not ${number}`);
  return number;
}

/** What the constructor of a cluster finds wrong is an option too. */
export function brokerOptionError(error: unknown): unknown {
  return error instanceof WireError ? new ConsumerOptionError("brokers", error.message) : error;
}
