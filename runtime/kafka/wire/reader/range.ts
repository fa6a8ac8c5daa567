/** Whether an offset really is out of range: the log's ends are asked before the error is believed (K12). */
import type { Cluster } from "../cluster.js";
import { Deadline } from "../deadline.js";
import { OffsetOutOfRangeError } from "../errors.js";
import { findOffsets } from "../offsets.js";
import type { PartitionState } from "./partition-state.js";

const LOOK_UP_TIMEOUT_MS = 30_000;

/** @returns null when the offset lies within: a leader that was just elected may not know its end yet. @throws as findOffsets */
export async function rangeError(
  cluster: Cluster,
  state: PartitionState,
  channel: string,
): Promise<OffsetOutOfRangeError | null> {
  const options = { isolation: "read_uncommitted", deadline: new Deadline(LOOK_UP_TIMEOUT_MS), channel } as const;
  const [start] = await findOffsets(cluster, [state], "earliest", options);
  const [end] = await findOffsets(cluster, [state], "latest", options);
  const from = start?.offset ?? 0;
  const to = end?.offset ?? 0;
  if (state.position >= from && state.position <= to) return null;
  return new OffsetOutOfRangeError(state, state.position, from, to);
}
