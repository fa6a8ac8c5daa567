/** The decisions of one conversation, from a partition of the decisions topic that holds those of many. */
import type { AssignmentDecision } from "../../schemas/index.js";
import { pagesOf } from "./pages.js";
import type { QueriedLog } from "./port.js";
import type { AssignmentView } from "./view.js";

/** Where a conversation is, and what was decided about each of its events. */
export interface Timeline extends AssignmentView {
  /** In the order in which the events were decided; the newest, where there are more than were asked for. */
  readonly decisions: readonly AssignmentDecision[];
  /** How many older ones the log holds besides. */
  readonly omittedDecisions: number;
  /** Whether the log has given up its beginning (retention): the conversation's first decisions may have been there. */
  readonly beginningExpired: boolean;
}

export interface TimelineOptions {
  /** The newest so many decisions, at least 1. */
  readonly maxEntries?: number;
}

export const DEFAULT_TIMELINE_ENTRIES = 1_000;

export interface FoundValues {
  /** Copies: they keep no batch alive. */
  readonly values: readonly Uint8Array[];
  readonly omitted: number;
  readonly beginningExpired: boolean;
}

/**
 * The values of the newest records with this key, up to the end at the time of the call. Other work has its turn between pages.
 * @throws what the log throws, but for an offset that it has given up meanwhile: the search goes on where it now begins.
 */
export async function findValues(
  log: QueriedLog,
  { topic, partition }: { readonly topic: string; readonly partition: number },
  key: Uint8Array,
  maxEntries: number,
): Promise<FoundValues> {
  const newest = new Newest(maxEntries);
  const range = { topic, partition, fromOffset: 0, toOffset: await log.endOffset(topic, partition) };
  for await (const records of pagesOf(log, range)) {
    for (const record of records) if (record.value !== null && isKey(record.key, key)) newest.add(record.value);
  }
  return { ...newest.taken(), beginningExpired: (await log.startOffset(topic, partition)) > 0 };
}

/** As bytes: most records are of other conversations, and making text of their keys would be most of the work. */
function isKey(candidate: Uint8Array | null, key: Uint8Array): boolean {
  return candidate !== null && candidate.length === key.length && Buffer.compare(candidate, key) === 0;
}

/** Keeps the last few of many. */
class Newest {
  private values: Uint8Array[] = [];
  private count = 0;

  constructor(private readonly maxEntries: number) {}

  add(value: Uint8Array): void {
    this.values.push(Uint8Array.from(value));
    this.count += 1;
    // Moving them for each one added would cost their number each time.
    if (this.values.length >= 2 * this.maxEntries) this.values = this.values.slice(-this.maxEntries);
  }

  taken(): { readonly values: readonly Uint8Array[]; readonly omitted: number } {
    const values = this.values.slice(-this.maxEntries);
    return { values, omitted: this.count - values.length };
  }
}
