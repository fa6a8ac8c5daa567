/** Takes decoded records through the version guard to the user's `apply`, in the store's transaction. */
import { ApplyError, ConsumerError, StoreError } from "./errors.js";
import { type ConversationState, mergeAssignment, stateOf } from "./merge.js";
import type { ApplyContext, ConsumeOptions } from "./options.js";
import type { AssignmentChange, AssignmentRecord, SkippedRecord } from "./record.js";
import type { Decoded } from "./record-decoder.js";
import type { VersionStore } from "./store.js";

export interface Applied {
  /** How many records have changed something. */
  readonly applied: number;
  readonly skipped: readonly SkippedRecord[];
}

/** Applies a batch of one partition, all of it or nothing, in its order. @throws ApplyError, StoreError */
export type ApplyRecords = (batch: readonly Decoded[], signal: AbortSignal) => Promise<Applied>;

interface Guarded {
  readonly changes: readonly AssignmentChange[];
  readonly skipped: readonly SkippedRecord[];
  readonly states: ReadonlyMap<string, ConversationState>;
}

/** How many records a call of {@link ApplyRecords} may be given: one, where each has a transaction of its own. */
export function recordsAtOnce<Handle>(options: ConsumeOptions<Handle>, maxBatchRecords: number): number {
  return options.applyBatch === undefined ? 1 : maxBatchRecords;
}

export function applierOf<Handle>(options: ConsumeOptions<Handle>): ApplyRecords {
  const { store } = options;
  return async (batch, signal) => {
    const records = batch.filter((one) => one.kind === "record").map(({ record }) => record);
    const tombstones = batch.filter((one) => one.kind === "tombstone");
    if (records.length === 0) return { applied: 0, skipped: tombstones };
    const guarded = await inTransaction(store, records, async (transaction) => {
      const held = await transaction.load([...new Set(records.map(({ key }) => key))]);
      const found = guard(held, records);
      if (found.changes.length === 0) return found;
      await call(options, found.changes, { handle: transaction.handle, signal });
      await transaction.save(found.states);
      return found;
    });
    return { applied: guarded.changes.length, skipped: [...tombstones, ...guarded.skipped] };
  };
}

/** Each record against what the ones before it have left. */
function guard(held: ReadonlyMap<string, ConversationState>, records: readonly AssignmentRecord[]): Guarded {
  const states = new Map<string, ConversationState>();
  const changes: AssignmentChange[] = [];
  const skipped: SkippedRecord[] = [];
  for (const record of records) {
    const { key } = record;
    const before = states.get(key) ?? held.get(key) ?? null;
    const { state: after, assignment, lifecycle, changed, contradicts } = mergeAssignment(before, stateOf(record));
    if (assignment !== "applied" && lifecycle !== "applied") {
      skipped.push({ kind: "not-newer", record, assignment, lifecycle, contradicts });
      continue;
    }
    states.set(key, after);
    changes.push({ key, record, before, after, assignment, lifecycle, changed });
  }
  return { changes, skipped, states };
}

async function call<Handle>(
  { apply, applyBatch }: ConsumeOptions<Handle>,
  changes: readonly AssignmentChange[],
  context: ApplyContext<Handle>,
): Promise<void> {
  const [first] = changes;
  const last = changes.at(-1);
  if (first === undefined || last === undefined) return;
  try {
    if (applyBatch !== undefined) await applyBatch(changes, context);
    else for (const change of changes) await apply(change, context);
  } catch (cause) {
    const { topic, partition, offset } = first.record;
    throw new ApplyError(topic, partition, offset, last.record.offset, { cause });
  }
}

async function inTransaction<Handle, Result>(
  store: VersionStore<Handle>,
  records: readonly AssignmentRecord[],
  work: Parameters<typeof store.transaction<Result>>[0],
): Promise<Result> {
  try {
    return await store.transaction(work);
  } catch (cause) {
    if (cause instanceof ConsumerError) throw cause;
    const [first] = records;
    const { topic = "", partition = -1, offset = -1 } = first ?? {};
    throw new StoreError(topic, partition, offset, records.at(-1)?.offset ?? offset, { cause });
  }
}
