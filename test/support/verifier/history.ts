/** A history as the product's own topology makes it of a load, before anybody has written it. A test may change everything of it. */
import { isDeepStrictEqual } from "node:util";
import { type ConsumedRecord, decodeText, encodeText } from "../../../runtime/task/index.js";
import {
  type AssignmentDecision,
  type AssignmentRow,
  assignmentRowCodec,
  type ContractName,
  type ContractTypes,
  type ConversationEvent,
  type Positions,
  type QueueAssignment,
  type WorkItemEvent,
} from "../../../schemas/index.js";
import { ASSIGNMENT_STORE } from "../../../topology/index.js";
import { type Sent, Traffic } from "../../faults/load/traffic.js";
import { randomNumbers } from "../../oracle/settings.js";
import { ProductRun } from "../../runtime/embedded/support/product-run.js";
import type { Delivery } from "./deliveries.js";
import { type Application, groupOf, POSITIONS_KEY, STORE, SUB_TOPOLOGIES, sourcesOf, topicsOf } from "./topics.js";

const BODIES = 300;
const CONVERSATIONS = 10;
/** Of now: brokers remove what is older than a week. */
const START_MS = Date.now() - 3_600_000;

export interface Written<Value> {
  partition: number;
  key: string | null;
  timestampMs: number;
  headers: Record<string, string>;
  value: Value;
}

/** The order of the records of a partition is that of their offsets, from 0. */
export interface History {
  readonly application: Application;
  readonly deliveries: Map<string, Delivery>;
  readonly raw: Written<Uint8Array>[];
  readonly conversation: Written<ConversationEvent | Uint8Array>[];
  readonly workItem: Written<WorkItemEvent | Uint8Array>[];
  readonly decisions: Written<AssignmentDecision>[];
  readonly assignments: Written<QueueAssignment>[];
  readonly deadLetters: Written<Uint8Array>[];
  /** Of each partition two checkpoints. */
  readonly changelog: Written<AssignmentRow | Positions>[];
  /** By partition, what the one instance has of the changelog. */
  readonly local: Map<number, LocalHistory>;
  readonly committed: { group: string; topic: string; partition: number; offset: number }[];
}

export interface LocalHistory {
  readonly rows: Map<string, AssignmentRow>;
  positions: Positions;
  /** The offset after the last record of the changelog that it has. */
  to: number;
}

/** What a correct engine makes of a small load. */
export async function makeHistory(application: Application, seed: number): Promise<History> {
  const run = await ProductRun.open({ ...application });
  const traffic = new Traffic(randomNumbers(seed), CONVERSATIONS);
  const sent = Array.from({ length: BODIES }, () => traffic.next());
  const topics = topicsOf(application);
  await run.pipe(sent.map((one, index) => rawRecord(topics.raw, one, START_MS + index)));
  const records = <Value>(topic: string, read: (value: Uint8Array) => Value) =>
    run.of(topic).map((record) => written(record, read));
  const values = <Name extends ContractName>(topic: string, name: Name) =>
    records<ContractTypes[Name]>(topic, (value) => run.engine.codec(topic).decodeAs(name, value));
  const raw = records(topics.raw, (value) => value);
  const sources = new Map<string, number>();
  for (const { topic, partition, offset } of run.records) sources.set(`${topic}:${partition}`, offset + 1);
  const stores = new Map<number, LocalHistory>();
  for (let partition = 0; partition < application.partitions; partition++) {
    const rows = await rowsOf(run, partition);
    const positions = {
      checkpoint: 2,
      positions: positionsOf(application, partition, sources),
      counters: countersOf(rows),
    };
    stores.set(partition, { rows, positions, to: 0 });
  }
  return {
    application,
    deliveries: deliveriesOf(sent, run.of(topics.raw)),
    raw,
    conversation: values(topics.conversation, "ConversationEvent"),
    workItem: values(topics.workItem, "WorkItemEvent"),
    decisions: values(topics.decisions, "AssignmentDecision"),
    assignments: values(topics.assignments, "QueueAssignment"),
    deadLetters: records(topics.deadLetters, (value) => value),
    changelog: [...stores].flatMap(([partition, local]) => changelogOf(partition, local)),
    local: stores,
    committed: SUB_TOPOLOGIES.flatMap((subTopology) =>
      sourcesOf(application, subTopology).flatMap((topic) =>
        [...stores.keys()].map((partition) => ({
          group: groupOf(application, subTopology),
          topic,
          partition,
          offset: sources.get(`${topic}:${partition}`) ?? 0,
        })),
      ),
    ),
  };
}

function rawRecord(topic: string, { id, source, key, body }: Sent, timestamp: number) {
  const headers = Object.entries({ source, "delivery-id": id, "received-at": String(timestamp - 5) });
  return {
    topic,
    timestamp,
    key: key === null ? null : encodeText(key),
    value: encodeText(body),
    headers: headers.map(([name, value]) => ({ key: name, value: encodeText(value) })),
  };
}

function deliveriesOf(sent: readonly Sent[], raw: readonly ConsumedRecord[]): Map<string, Delivery> {
  const places = new Map(raw.map((record) => [written(record, () => null).headers["delivery-id"], record] as const));
  return new Map(
    sent.map(({ id, outcome }) => {
      const { partition = 0, offset = 0 } = places.get(id) ?? {};
      return [id, { id, outcome, place: { partition, offset } }];
    }),
  );
}

function written<Value>(record: ConsumedRecord, read: (value: Uint8Array) => Value): Written<Value> {
  const { partition, timestamp, key, value, headers } = record;
  return {
    partition,
    key: key === null ? null : decodeText(key),
    timestampMs: timestamp,
    headers: Object.fromEntries(headers.map((one) => [one.key, decodeText(one.value ?? new Uint8Array()) ?? ""])),
    value: read(value ?? new Uint8Array()),
  };
}

async function rowsOf(run: ProductRun, partition: number): Promise<Map<string, AssignmentRow>> {
  const { rows } = await run.engine.store(ASSIGNMENT_STORE, partition).page({ maxRows: BODIES });
  return new Map(rows.map(({ key, value }) => [key, assignmentRowCodec.decode(value)]));
}

function positionsOf(application: Application, partition: number, sources: ReadonlyMap<string, number>) {
  const topics = sourcesOf(application, "ratchet");
  return topics.map((topic) => ({ topic, partition, offset: sources.get(`${topic}:${partition}`) ?? 0 }));
}

function countersOf(rows: ReadonlyMap<string, AssignmentRow>) {
  const diverged = [...rows.values()].filter(
    ({ record, assignment }) => record !== null && !isDeepStrictEqual(record.target, assignment),
  );
  return [
    { name: `${STORE}.entries`, count: rows.size },
    { name: "diverged", count: diverged.length },
  ];
}

/** The rows in two checkpoints. Sets up to where the local store has it: all of it. */
function changelogOf(partition: number, local: LocalHistory): Written<AssignmentRow | Positions>[] {
  const row = ([key, value]: [string, AssignmentRow | Positions]) => ({
    partition,
    key,
    timestampMs: START_MS,
    headers: {},
    value,
  });
  const rows = [...local.rows].map(row);
  const half = Math.floor(rows.length / 2);
  const middle = {
    ...local.positions,
    checkpoint: 1,
    positions: local.positions.positions.map((one) => ({ ...one, offset: Math.floor(one.offset / 2) })),
  };
  local.to = rows.length + 2;
  return [
    ...rows.slice(0, half),
    row([POSITIONS_KEY, middle]),
    ...rows.slice(half),
    row([POSITIONS_KEY, local.positions]),
  ];
}
