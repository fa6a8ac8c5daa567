/** Compares a replay with the live application, conversation by conversation, in bounded memory. */
import { type AssignmentRow, DecodeError, type QueueAssignment, RowFormatError } from "../../schemas/index.js";
import type { RowStore } from "../stores/index.js";
import { type Incomparable, type InputStarts, incomparable } from "./comparable.js";
import { type Difference, stateDifferences, syncDifferences } from "./differences.js";
import { goOn } from "./errors.js";
import type { LiveReadings } from "./live-readings.js";
import { mergedRows } from "./merged-rows.js";

export type ComparedConversation = { readonly key: string } & (
  | { readonly outcome: "same" }
  | { readonly outcome: "differs"; readonly differences: readonly Difference[] }
  | { readonly outcome: "not-comparable"; readonly why: Incomparable }
);

export interface ComparedPartition {
  readonly replayed: RowStore;
  readonly liveRows: RowStore;
  readonly syncRecords: RowStore;
  readonly starts: InputStarts;
}

/** By key. @throws ReplayInterruptedError, StorageError, RowFormatError for a row of the replay itself */
export async function* comparePartition(
  { replayed, liveRows, syncRecords, starts }: ComparedPartition,
  readings: LiveReadings,
  signal: AbortSignal,
): AsyncGenerator<ComparedConversation> {
  for await (const { key, values } of mergedRows([replayed, liveRows, syncRecords])) {
    goOn(signal);
    const [own = null, live = null, sync = null] = values;
    if (own === null && live === null && sync === null) continue;
    const found = {
      replayed: own === null ? null : readings.row(own),
      live: live === null ? null : await readable(() => readings.row(live)),
      sync: sync === null ? null : await readable(() => readings.syncRecord(sync)),
    };
    yield { key, ...judged(found, starts) };
  }
}

const UNREADABLE = "unreadable";
type Unreadable = typeof UNREADABLE;

interface Found {
  readonly replayed: AssignmentRow | null;
  readonly live: AssignmentRow | Unreadable | null;
  readonly sync: QueueAssignment | Unreadable | null;
}

type Judged =
  | { readonly outcome: "same" }
  | { readonly outcome: "differs"; readonly differences: readonly Difference[] }
  | { readonly outcome: "not-comparable"; readonly why: Incomparable };

async function readable<Value>(read: () => Value | Promise<Value>): Promise<Value | Unreadable> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof RowFormatError || error instanceof DecodeError) return UNREADABLE;
    throw error;
  }
}

function judged({ replayed, live, sync }: Found, starts: InputStarts): Judged {
  if (live === UNREADABLE) return differs([whole("state", UNREADABLE, replayed === null ? null : "there")]);
  const why = live === null ? null : incomparable(live, replayed, starts);
  if (why !== null) return { outcome: "not-comparable", why };
  if (replayed === null) return withoutReplayed(live, sync, starts);
  const state = live === null ? withoutLive(sync) : stateDifferences(live, replayed);
  return differs([...state, ...ofSync(sync, live, replayed)]);
}

/** A row that was forgotten leaves its last record in the sync topic, where its input may have expired. */
function withoutReplayed(
  live: AssignmentRow | null,
  sync: QueueAssignment | Unreadable | null,
  starts: InputStarts,
): Judged {
  if (live !== null) return differs([whole("state", "there", null)]);
  const nothingExpired = starts.conversation === 0 && starts.workItem === 0 && starts.raw === 0;
  if (sync !== UNREADABLE && !nothingExpired) return { outcome: "not-comparable", why: "input-unknown" };
  return differs([whole("sync-topic", sync === UNREADABLE ? UNREADABLE : "there", null)]);
}

/** Only what is over is forgotten (`--forget-after`), and its last record says so. */
function withoutLive(sync: QueueAssignment | Unreadable | null): Difference[] {
  const wasForgotten =
    sync !== null && sync !== UNREADABLE && (sync.lifecycle === "CLOSED" || sync.lifecycle === "DELETED");
  return wasForgotten ? [] : [whole("state", null, "there")];
}

function ofSync(
  sync: QueueAssignment | Unreadable | null,
  live: AssignmentRow | null,
  replayed: AssignmentRow,
): Difference[] {
  if (sync === UNREADABLE) return [whole("sync-topic", UNREADABLE, "there")];
  if (sync !== null) return syncDifferences(sync, live, replayed);
  return live !== null && live.sequence > 0 ? [whole("sync-topic", null, "there")] : [];
}

function whole(where: Difference["where"], live: string | null, replayed: string | null): Difference {
  return { where, field: "conversation", live, replayed };
}

function differs(differences: readonly Difference[]): Judged {
  return differences.length === 0 ? { outcome: "same" } : { outcome: "differs", differences };
}
