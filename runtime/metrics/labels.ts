/** Label values: never ids, and few. What comes from outside is bounded here. */
import { SOURCES, type Source } from "../../schemas/types.js";

export type SourceLabel = Source | "other";

/** Whoever may write to a joined topic may name any source: only those that are known become labels. */
export const SOURCE_LABELS: readonly SourceLabel[] = [...SOURCES, "other"];

export function taskLabel({
  subTopology,
  partition,
}: {
  readonly subTopology: string;
  readonly partition: number;
}): string {
  return `${subTopology}-${partition}`;
}
