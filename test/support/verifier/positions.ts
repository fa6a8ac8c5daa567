/** I5: where the changelogs say that the tasks stand, and where the groups say so. */
import type { Replayed } from "./changelog.js";
import type { Reader } from "./reader.js";
import { type Application, groupOf, SUB_TOPOLOGIES, sourcesOf } from "./topics.js";
import type { Findings } from "./violations.js";

/** The last records of source partitions, by `topic:partition`. */
export type LastOffsets = ReadonlyMap<string, number>;

/** By `topic:partition`; only where something is committed. */
type Committed = ReadonlyMap<string, number>;

/** Every record of every source is behind the committed offset of its group. */
export async function checkCommitted(
  findings: Findings,
  reader: Reader,
  application: Application,
  lastOffsets: LastOffsets,
): Promise<Committed> {
  const all = new Map<string, number>();
  for (const subTopology of SUB_TOPOLOGIES) {
    const group = groupOf(application, subTopology);
    for (const { topic, partition, offset } of await reader.committed(group, sourcesOf(application, subTopology))) {
      const place = `${topic}:${partition}`;
      if (offset !== null) all.set(place, offset);
      const last = lastOffsets.get(place);
      if (last !== undefined && (offset ?? 0) <= last)
        violation(findings, `${group}, ${place}`, "committed offset", `more than ${last}`, offset);
      findings.checked("committed offsets", Number(offset !== null));
    }
  }
  return all;
}

/** The positions at the end of a partition's changelog are what the ratchet's group has committed. */
export function checkPositions(
  findings: Findings,
  application: Application,
  partition: number,
  { positions }: Pick<Replayed, "positions">,
  committed: Committed,
): void {
  const said = new Map(positions?.value.positions.map((one) => [`${one.topic}:${one.partition}`, one.offset]));
  for (const topic of sourcesOf(application, "ratchet")) {
    const place = `${topic}:${partition}`;
    const found = said.get(place) ?? null;
    const expected = committed.get(place) ?? null;
    if (found !== expected) violation(findings, `positions of ${place}`, "offset", expected, found);
    said.delete(place);
    findings.checked("positions", Number(found !== null));
  }
  for (const [place, found] of said) violation(findings, `positions of ${place}`, "no source of the task", null, found);
}

function violation(findings: Findings, where: string, what: string, expected?: unknown, found?: unknown): void {
  findings.violation({ invariant: "I5", where, what, expected, found });
}
