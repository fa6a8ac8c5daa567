/** Reads everything that an application at rest has written, and checks it against its inputs (I1 to I5, I8). */
import type { RuleOptions } from "../../oracle/oracle.js";
import { checkAssignments, checkFinal } from "./assignments.js";
import { checkRows, replayChangelog } from "./changelog.js";
import { readDeadLetters } from "./dead-letters.js";
import { checkDecisions } from "./decisions.js";
import type { Delivery } from "./deliveries.js";
import { Inputs } from "./inputs.js";
import type { LocalStore } from "./local-stores.js";
import { nameOf, readJoined, readOutputs } from "./partition.js";
import { checkCommitted, checkPositions } from "./positions.js";
import type { Reader } from "./reader.js";
import { recompute } from "./recomputation.js";
import { type Application, topicsOf } from "./topics.js";
import type { Findings } from "./violations.js";

export interface Verification {
  readonly reader: Reader;
  readonly application: Application;
  /** Every attempt to write to the raw topic, by the id of its delivery. */
  readonly deliveries: ReadonlyMap<string, Delivery>;
  /** Of all instances, which are stopped. */
  readonly stores: readonly LocalStore[];
  readonly options: RuleOptions;
}

/** Must not be empty for anything to be shown. */
const SOME = {
  "acknowledged deliveries": "I1",
  "raw events": "I1",
  conversations: "I2",
  assignments: "I3",
  "changelog rows": "I4",
  checkpoints: "I4",
  "local rows": "I4",
  positions: "I5",
  "committed offsets": "I5",
  "joined records": "I8",
  decisions: "I8",
} as const;

/** A partition after the other: what is in memory at a time is one of each topic, and the books of the load. */
export async function verify(findings: Findings, verification: Verification): Promise<void> {
  const { reader, application, deliveries } = verification;
  const topics = topicsOf(application);
  const inputs = new Inputs(findings, topics, deliveries);
  const lastOffsets = new Map<string, number>();
  for (let partition = 0; partition < application.partitions; partition++) {
    const records = await reader.digests(topics.raw, partition);
    inputs.add(partition, records);
    const last = records.at(-1);
    if (last !== undefined) lastOffsets.set(`${topics.raw}:${partition}`, last.offset);
  }
  const refused = new Map<string, number>();
  for (const letter of await readDeadLetters(reader, application)) {
    if (letter.original.topic === topics.raw) inputs.deadLetter(letter);
    else refused.set(nameOf(letter.original), (refused.get(nameOf(letter.original)) ?? 0) + 1);
    findings.checked("dead letters", 1);
  }
  const replays = [];
  for (let partition = 0; partition < application.partitions; partition++)
    replays.push(await verifyPartition(findings, verification, partition, { inputs, refused, lastOffsets }));
  inputs.finish();
  const committed = await checkCommitted(findings, reader, application, lastOffsets);
  for (const [partition, replayed] of replays.entries())
    checkPositions(findings, application, partition, replayed, committed);
  for (const [what, invariant] of Object.entries(SOME)) findings.expectSome(invariant, what);
}

interface Books {
  readonly inputs: Inputs;
  /** How many dead letters there are of records of the joined topics, by the names of their places. */
  readonly refused: ReadonlyMap<string, number>;
  readonly lastOffsets: Map<string, number>;
}

async function verifyPartition(
  findings: Findings,
  { reader, application, stores, options }: Verification,
  partition: number,
  { inputs, refused, lastOffsets }: Books,
) {
  const { changelog } = topicsOf(application);
  const [records, outputs, log] = await Promise.all([
    readJoined(reader, application, partition),
    readOutputs(reader, application, partition),
    reader.changelog(changelog, partition),
  ]);
  const joined = new Map(records.map((record) => [nameOf(record.place), record]));
  for (const { place } of records) lastOffsets.set(`${place.topic}:${partition}`, place.offset);
  for (const record of records) inputs.joined(record);
  checkDecisions(findings, joined, outputs.decisions, refused);
  const recomputed = recompute(findings, joined, outputs.decisions, options);
  checkFinal(findings, records, checkAssignments(findings, outputs.assignments, recomputed), options);
  const copies = stores.flatMap((store) => {
    const local = store.partitions.get(partition);
    return local === undefined ? [] : [{ store, local }];
  });
  const replayed = replayChangelog(findings, `${changelog}:${partition}`, log, copies);
  checkRows(findings, `${changelog}:${partition}`, replayed, recomputed);
  return { positions: replayed.positions };
}
