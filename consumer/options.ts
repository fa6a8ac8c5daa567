/** What a consumer is told, and what it tells: the public shapes of `consumeAssignments`. */
import type { SchemaSource } from "../schemas/registry/port.js";
import type { AssignmentChange, SkippedRecord } from "./record.js";
import type { VersionStore } from "./store.js";

/** The signal of an AbortController: the platform's own type where it is declared. */
export type StopSignal = typeof globalThis extends { AbortSignal: { prototype: infer Signal } }
  ? Signal
  : {
      readonly aborted: boolean;
      readonly reason: unknown;
      addEventListener(type: "abort", listener: () => void, options?: { once?: boolean }): void;
      removeEventListener(type: "abort", listener: () => void): void;
    };

/** As node:tls has them: PEM text or bytes. */
export interface ConsumerTls {
  readonly ca?: string | Uint8Array;
  readonly cert?: string | Uint8Array;
  readonly key?: string | Uint8Array;
  readonly passphrase?: string;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

export interface ConsumerSasl {
  readonly mechanism: "plain" | "scram-sha-256" | "scram-sha-512";
  readonly username: string;
  readonly password: string;
}

/** A schema registry with Confluent's REST API. */
export interface RegistryAddress {
  /** Without the path of an operation. */
  readonly url: string;
  readonly auth?: { readonly username: string; readonly password: string };
}

/**
 * Where reading begins.
 *
 * - `"committed"`: where the group stands. A partition for which the group has committed nothing begins at its beginning. When the
 *   committed offset has expired, that is a RetentionGapError.
 * - The others are a **rewind**: done once, when this consumer starts, for the partitions that it is given first, and not when
 *   partitions move later. A rewind is recorded in the group (committed) before anything is applied: whoever gets the partition next,
 *   and this consumer after a crash with `from: "committed"`, goes on from there. Members of a group rewind their own shares; stop the
 *   others, or start all with the same rewind. With `rewindId` each partition is rewound once, whoever starts however often.
 *   - `"beginning"`: the first record that is there.
 *   - `{ offset }`: one offset for all partitions, or one for each that is named; those not named begin as with `"committed"`.
 *   - `{ timestamp }`: the first record whose timestamp is as late; the end where none is. A Date, or epoch milliseconds. Timestamps
 *     are those of the events: an older one may come behind it.
 */
export type From =
  | "committed"
  | "beginning"
  | { readonly offset: number | { readonly [partition: number]: number } }
  | { readonly timestamp: Date | number };

export interface ApplyContext<Handle> {
  /** The handle of the store's transaction, which ends after `apply`: effects in it and the versions are durable together. */
  readonly handle: Handle;
  /** Aborted when the partition is another's by now, or a stop has waited for too long: what is not done yet is best left. */
  readonly signal: StopSignal;
}

export interface Bounds {
  /** Records in one call of `applyBatch`, and between two looks at whether to stop. Default: 500. */
  readonly maxBatchRecords?: number;
  /** Fetched and not yet taken, all partitions together; fetching pauses when it is reached. Default: 8 MiB, 64 KiB at least. */
  readonly maxBufferedBytes?: number;
  /**
   * Batches at hand at the same time, of different partitions; those of one partition always follow one another. Default: 1, so that
   * `apply` is never called while it runs. Each holds one fetched page (1 MiB, or one batch of a producer that is larger) beside the
   * buffer.
   */
  readonly maxConcurrentBatches?: number;
}

interface CommonOptions<Handle> {
  /** `host:port` of some brokers of the cluster, as a list or separated by commas. */
  readonly brokers: readonly string[] | string;
  /** The consumer group. Its members share the partitions, and its committed offsets are where they go on. */
  readonly groupId: string;
  /** Default: `queue-assignments`, behind `topicPrefix`. */
  readonly topic?: string;
  /** As `--topic-prefix` of `queue-ratchet start`; for the default topic. */
  readonly topicPrefix?: string;
  /** Default: plain text. `true`: with the system's certificate authorities. */
  readonly tls?: ConsumerTls | boolean;
  readonly sasl?: ConsumerSasl;
  /** Default: `queue-ratchet-consumer`. */
  readonly clientId?: string;
  /** Where the schemas of the records are: the URL of a registry, its address, or anything that gives a schema's text by its id. */
  readonly registry: string | RegistryAddress | SchemaSource;
  /** Default: `"committed"`. */
  readonly from?: From;
  /**
   * Names a rewind, up to 200 characters: a partition that this group has rewound under this name is not rewound again, whichever
   * member has done it. It goes on from where it stands.
   */
  readonly rewindId?: string;
  /**
   * Where versions are kept: in the database that the effects go to; in memory (`memoryStore()`), for a table that is there too; or
   * nowhere (`noStore`), for an effect that compares them itself.
   */
  readonly store: VersionStore<Handle>;
  /** Records that moved nothing. Called after the batch they were in; what it throws ends the consumer. */
  readonly onSkipped?: (skipped: SkippedRecord) => void;
  /** Called every `progressIntervalMs`, when partitions come or go, and when the end is reached; what it throws ends the consumer. */
  readonly onProgress?: (progress: Progress) => void;
  /** Default: 5 s. */
  readonly progressIntervalMs?: number;
  readonly bounds?: Bounds;
  /** Stops the consumer as `stop` does. */
  readonly signal?: StopSignal;
  /** After which a member that is not heard of is taken for dead, and others get its partitions. Default: 10 s. */
  readonly sessionTimeoutMs?: number;
  /** How long a stop, or giving partitions up, waits for `apply`. Default: 10 s for a stop, half a session for giving up. */
  readonly stopTimeoutMs?: number;
  /** Offsets are committed at most this often while records flow. Default: 100 ms. */
  readonly commitIntervalMs?: number;
  /** How long brokers may be out of reach at the start, and a topic unknown. Default: 30 s. */
  readonly connectTimeoutMs?: number;
  /** How long a registry that is needed may be out of reach: records wait. Default: 60 s. */
  readonly registryTimeoutMs?: number;
  /** What an operator may want to know: lost memberships, retries. Never ids or values of records. Default: nothing. */
  readonly log?: (level: "info" | "warn", message: string) => void;
}

/**
 * One change at a time, each in a transaction of its own, in the order of each partition. Changes may come again after a crash: the
 * effect must be the same when it is applied twice. It is, when it sets what `change.after` says.
 */
export interface ApplyEach<Handle> {
  readonly apply: (change: AssignmentChange, context: ApplyContext<Handle>) => Promise<void> | void;
  readonly applyBatch?: never;
}

/**
 * Many at a time, of one partition and in its order, in one transaction. A conversation may occur more than once: its later `before` is
 * its earlier `after`, so that the last one is enough for a table.
 */
export interface ApplyBatch<Handle> {
  readonly applyBatch: (changes: readonly AssignmentChange[], context: ApplyContext<Handle>) => Promise<void> | void;
  readonly apply?: never;
}

export type ConsumeOptions<Handle = undefined> = CommonOptions<Handle> & (ApplyEach<Handle> | ApplyBatch<Handle>);

export type ConsumerState = "running" | "rebalancing" | "stopping" | "stopped" | "failed";

export interface PartitionProgress {
  readonly partition: number;
  /** The offset after the last record that was applied or skipped. */
  readonly position: number;
  /** What this consumer has committed for the group; null before it has. */
  readonly committed: number | null;
  /** Where the committed records end (the last stable offset), as last heard; null before the first answer. */
  readonly end: number | null;
  /** Offsets still ahead; not all of them are records. Null before the first answer. */
  readonly lag: number | null;
}

export interface Progress {
  readonly state: ConsumerState;
  /** The partitions of this member. */
  readonly partitions: readonly PartitionProgress[];
  /** Of all of them; null while one is not known. */
  readonly lag: number | null;
  /** Since the start. Records are those read; each was applied or skipped, or its batch is at hand. */
  readonly records: number;
  readonly applied: number;
  readonly skipped: number;
}

export interface RunningConsumer {
  /** Resolves when it has stopped as asked; rejects with the error that ended it. Handle it: nothing else tells of the error. */
  readonly ended: Promise<void>;
  /**
   * Takes nothing more, finishes what `apply` is at, commits, leaves the group. Resolves and rejects as `ended` does. Calling it again
   * is harmless.
   */
  stop(): Promise<void>;
  progress(): Progress;
}
