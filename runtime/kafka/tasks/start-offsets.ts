/** Where a task begins to process: from what its changelog says, what its group has committed, and what its sources still hold. */
import type { Positions } from "../../../schemas/types.js";
import { AT_LEAST_ONCE_METADATA } from "../commit/at-least-once.js";
import { InputExpiredError, InputLostError, PositionConflictError } from "../engine-errors.js";
import type { EngineLog, Guarantee } from "../engine-options.js";
import type { CommittedOffset } from "../wire/index.js";

export interface SourceBounds {
  readonly topic: string;
  /** The first offset that is there. */
  readonly earliest: number;
  /** The offset after the last record, those of open transactions too. */
  readonly end: number;
}

export interface StartOffsetsInput {
  readonly task: string;
  readonly groupId: string;
  readonly partition: number;
  readonly sources: readonly SourceBounds[];
  /** Of the changelog's end; null for a task without a store, or with an empty changelog. */
  readonly positions: Positions | null;
  readonly hasStore: boolean;
  readonly committed: readonly CommittedOffset[];
}

export interface StartPolicy {
  readonly guarantee: Guarantee;
  readonly expiredInput: "fail" | "skip";
  readonly log: EngineLog;
}

/**
 * By topic. The changelog is the authority: group offsets expire, and tools can set them. A task without a store has only these.
 * @throws PositionConflictError, InputExpiredError, InputLostError
 */
export function startOffsets(input: StartOffsetsInput, policy: StartPolicy): Map<string, number> {
  const offsets = new Map<string, number>();
  for (const source of input.sources) {
    const { topic } = source;
    const committed = input.committed.find((one) => one.topic === topic && one.partition === input.partition) ?? null;
    const known = input.positions?.positions.find((one) => one.topic === topic)?.offset ?? null;
    if (policy.guarantee === "exactly_once") mustAgree(input, topic, known, committed);
    offsets.set(topic, startOffset(input, source, knownOffset(input, known, committed), policy));
  }
  return offsets;
}

/** With a store, offsets without positions in its changelog mean nothing: rows and positions are lost or gained together. */
function knownOffset(input: StartOffsetsInput, known: number | null, committed: CommittedOffset | null): number | null {
  if (known !== null) return known;
  return input.hasStore ? null : (committed?.offset ?? null);
}

function mustAgree(
  { task, groupId, partition, hasStore, positions }: StartOffsetsInput,
  topic: string,
  known: number | null,
  committed: CommittedOffset | null,
): void {
  if (!hasStore || committed === null || committed.offset === null) return;
  // Committed outside of a transaction, before the guarantee was changed: then they may be behind.
  if (committed.metadata === AT_LEAST_ONCE_METADATA) return;
  if (known === committed.offset) return;
  const changelog = positions === null || known === null ? "nothing of it" : `offset ${known}`;
  throw new PositionConflictError(
    `task ${task}: of ${topic}-${partition} its changelog says ${changelog}, and group ${groupId} has committed offset ${committed.offset}: ` +
      "somebody has set the group's offsets, or deleted the changelog. State and offsets must not part: to process again use `queue-ratchet replay`, to start anew `queue-ratchet reset`; " +
      "to go on as before, set the group's offset to the changelog's",
  );
}

function startOffset(
  { task, groupId, partition, hasStore }: StartOffsetsInput,
  { topic, earliest, end }: SourceBounds,
  known: number | null,
  { expiredInput, log }: StartPolicy,
): number {
  const place = `${topic}-${partition}`;
  if (known === null) {
    if (earliest > 0 || (!hasStore && end > 0))
      log("warn", `group ${groupId} has no offset for ${place}: it begins with the first record that is there`, {
        task,
        offset: earliest,
      });
    return earliest;
  }
  if (known > end)
    throw new InputLostError(
      `task ${task} has processed ${place} up to offset ${known}, and it now ends at ${end}: it was truncated or made anew. ` +
        "Restore it, or start anew with `queue-ratchet reset`",
    );
  if (known >= earliest) return known;
  if (expiredInput === "fail")
    throw new InputExpiredError(
      `task ${task} stands at offset ${known} of ${place}, and the records before ${earliest} are gone (retention, or deleted): ` +
        `${earliest - known} offsets would be left out. To go on without them start with --expired-input skip`,
    );
  log("warn", `records of ${place} are left out: they were gone before they were processed`, {
    task,
    from: known,
    to: earliest,
  });
  return earliest;
}
