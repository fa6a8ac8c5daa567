/** What a consumer makes of the records themselves: guarded, typed, or refused with their place; and of nothing that was not committed. */
import { describe, expect, it } from "vitest";
import {
  ConsumerOptionError,
  consumeAssignments,
  RegistryUnreachableError,
  UnknownSchemaError,
  UnreadableRecordError,
} from "../../consumer/index.js";
import type { QueueAssignment } from "../../schemas/index.js";
import { SchemaRegistryError } from "../../schemas/index.js";
import { announce, randomNumbers, SEED } from "../oracle/settings.js";
import { settled } from "../runtime/kafka/wire/support/wire.js";
import { describeWithKafka, type RecordToWrite, uniqueTopic } from "../support/kafka/index.js";
import { patient } from "../support/patience.js";
import { assignment, expectedTable, framed, SCHEMAS, toWrite, version } from "./support/assignments.js";
import { ConsumerBed, database, offsets } from "./support/consuming.js";

describeWithKafka("the records of the sync topic", { kafka: "shared", independentClient: true }, (servers) => {
  const bed = new ConsumerBed(servers);

  async function topicWith(records: readonly RecordToWrite[]): Promise<string> {
    const topic = await bed.topic();
    await servers.independentClient.produce({ topic, partition: 0, records });
    return topic;
  }

  it("are guarded by both versions, and what moved nothing is reported", async () => {
    const topic = await bed.topic();
    const closed = { lifecycle: "CLOSED", lifecycleVersion: version(60) } as const;
    await bed.write(topic, [
      assignment("x", 58),
      assignment("x", 54, closed),
      assignment("x", 54, closed),
      assignment("x", 59, { assignment: { type: "QUEUE", id: "q58" } }),
      assignment("x", 53),
    ]);
    const store = database();
    const reading = await bed.consume({ topic, store });
    await reading.until("all are read", () => reading.consumer.progress().records === 5);
    expect(
      reading.changes.map(({ record, assignment: holder, lifecycle, changed }) => [
        record.offset,
        holder,
        lifecycle,
        changed,
      ]),
    ).toEqual([
      [0, "applied", "same", { assignment: true, lifecycle: false }],
      [1, "older", "applied", { assignment: false, lifecycle: true }],
      [3, "applied", "older", { assignment: false, lifecycle: false }],
    ]);
    expect(reading.changes[1]?.after).toEqual({
      assignment: { type: "QUEUE", id: "q58" },
      assignmentVersion: version(58),
      ...closed,
    });
    expect(reading.changes[1]?.before).toEqual(reading.changes[0]?.after);
    expect(reading.skipped).toMatchObject([
      { kind: "not-newer", record: { offset: 2 }, assignment: "older", lifecycle: "same", contradicts: false },
      { kind: "not-newer", record: { offset: 4 }, assignment: "older", lifecycle: "older" },
    ]);
    expect(store.table.get("kustomer:t:x")).toMatchObject({ assignmentVersion: version(59), lifecycle: "CLOSED" });
    expect(reading.consumer.progress()).toMatchObject({ applied: 3, skipped: 2 });
  });

  it("come in batches as well, each conversation's one behind the other, in one transaction", async () => {
    const topic = await bed.topic();
    await bed.write(topic, [assignment("x", 1), assignment("y", 1), assignment("x", 3), assignment("x", 2)]);
    const store = database();
    const batches: number[] = [];
    const reading = await bed.consume({
      topic,
      store,
      applyBatch: (changes) => {
        expect(store.table.size).toBe(0);
        batches.push(changes.length);
      },
    });
    await reading.until("all are read", () => reading.consumer.progress().records === 4);
    expect(batches).toEqual([3]);
    const [first, , third] = reading.changes;
    expect(third?.before).toEqual(first?.after);
    expect(store.table.size).toBe(2);
  });

  it("that were written again say so, and a tombstone leaves what is held", async () => {
    const again = { headers: [["republished", "true"]] } as const;
    const record = assignment("x", 2);
    const topic = await topicWith([toWrite(record, again), { key: "kustomer:t:x", value: null }, toWrite(record)]);
    const store = database();
    const reading = await bed.consume({ topic, store });
    await reading.until("all are read", () => reading.consumer.progress().records === 3);
    expect(reading.changes[0]?.record).toStrictEqual({
      ...record,
      key: "kustomer:t:x",
      topic,
      partition: 0,
      offset: 0,
      timestamp: 2_000,
      republished: true,
    });
    expect(reading.skipped).toMatchObject([
      { kind: "tombstone", key: "kustomer:t:x", place: { topic, partition: 0, offset: 1 } },
      { kind: "not-newer", record: { offset: 2, republished: false } },
    ]);
    expect(store.table.get("kustomer:t:x")?.assignmentVersion).toEqual(version(2));
  });

  it.each([
    ["bytes that are no frame", { value: Buffer.from("nothing") }, UnreadableRecordError, "expected magic byte 0"],
    [
      "a value that is cut off",
      { value: framed(assignment("x", 1)).subarray(0, 20) },
      UnreadableRecordError,
      "not a QueueAssignment",
    ],
    [
      "another key",
      { key: "kustomer:t:y" },
      UnreadableRecordError,
      "its key is kustomer:t:y, and its fields say kustomer:t:x",
    ],
    ["no key", { key: null }, UnreadableRecordError, "its key is null"],
    [
      "a schema that the registry does not have",
      { value: framed(assignment("x", 1), 99) },
      UnknownSchemaError,
      "id 99 of subject",
    ],
  ])("%s ends the consumer, with the place; it is not skipped", async (_name, given, kind, words) => {
    const topic = await topicWith([
      toWrite(assignment("a", 1)),
      toWrite(assignment("x", 1), given),
      toWrite(assignment("b", 1)),
    ]);
    const groupId = uniqueTopic("group");
    const store = database();
    const first = await bed.consume({ topic, groupId, store });
    const error = await first.failure();
    expect(error).toBeInstanceOf(kind);
    expect(error).toMatchObject({ place: { topic, partition: 0, offset: 1 } });
    expect(error.message).toContain(`${topic}-0 at offset 1`);
    expect(error.message).toContain(words);
    expect(await bed.committed(groupId)).toEqual({ 0: 1 });
    const behind = await bed.consume({ topic, groupId, store, from: { offset: { 0: 2 } } });
    await behind.until("the one behind it is applied", () => behind.changes.length === 1);
  });

  it("wait for a registry that is away, and its absence is an error with a name when it lasts", async () => {
    const topic = await bed.topic();
    await bed.write(topic, [assignment("x", 1)]);
    let asked = 0;
    const schemaById = async (id: number) => {
      if (asked++ === 0) throw new SchemaRegistryError("it is away");
      return SCHEMAS.schemaById(id);
    };
    const patiently = await bed.consume({ topic, registry: { schemaById } });
    await patiently.until("it is applied", () => patiently.changes.length === 1);

    const away = { schemaById: () => Promise.reject(new SchemaRegistryError("it is away")) };
    const impatient = await bed.consume({ topic, registry: away, registryTimeoutMs: 0 });
    const error = await impatient.failure();
    expect(error).toBeInstanceOf(RegistryUnreachableError);
    expect(error.message).toContain("it is away");
    const stopping = await bed.consume({ topic, registry: away, registryTimeoutMs: 60_000 });
    await stopping.until("it has begun", () => stopping.consumer.progress().partitions.length === 1);
    const beganMs = performance.now();
    await stopping.consumer.stop();
    expect(performance.now() - beganMs).toBeLessThan(patient(5_000));
  });

  it("are those of committed transactions, as the independent client reads them, however they interleave", async () => {
    announce("interleaved transactions", {});
    const random = randomNumbers(SEED);
    const topic = await bed.topic(2);
    const client = servers.independentClient;
    const writers = await Promise.all([0, 1, 2].map(() => client.transactional(uniqueTopic("writer"))));
    const open = new Set<number>();
    const written: QueueAssignment[] = [];
    for (let step = 1; step <= 120; step++) {
      const at = Math.floor(random() * writers.length);
      const writer = writers[at];
      if (writer === undefined) continue;
      if (!open.has(at)) {
        await writer.begin();
        open.add(at);
      }
      const record = assignment(`c${Math.floor(random() * 12)}`, step);
      written.push(record);
      await writer.send(topic, [toWrite(record)], Math.floor(random() * 2));
      await writer.flush();
      if (random() < 0.25) {
        await (random() < 0.5 ? writer.commit() : writer.abort());
        open.delete(at);
      }
    }
    for (const at of open) await (random() < 0.5 ? writers[at]?.commit() : writers[at]?.abort());

    const theirs = await client.read({ topic, isolation: "read_committed" });
    const everything = await client.read({ topic, isolation: "read_uncommitted" });
    expect(theirs.length).toBeLessThan(everything.length);
    const store = database();
    const reading = await bed.consume({ topic, store, bounds: { maxConcurrentBatches: 2 } });
    await reading.until("all are read", () => reading.consumer.progress().records === theirs.length);
    await reading.until("it is at the end", () => reading.consumer.progress().lag === 0);
    const ours = [...reading.changes.map(({ record }) => record), ...reading.skipped.map(recordOf)];
    expect(ours.map(({ partition, offset }) => `${partition}:${offset}`).sort()).toEqual(
      theirs.map(({ partition, offset }) => `${partition}:${offset}`).sort(),
    );
    const committed = written.filter((one) => ours.some(({ sequence }) => sequence === one.sequence));
    expect(store.table).toEqual(expectedTable(committed));
    for (const partition of [0, 1])
      expect(
        offsets({ ...reading, changes: reading.changes.filter(({ record }) => record.partition === partition) }),
      ).toEqual(
        reading.changes
          .filter(({ record }) => record.partition === partition)
          .map(({ record }) => record.offset)
          .sort((a, b) => a - b),
      );
    await Promise.all(writers.map((writer) => writer.close()));
  });
});

describe("the options of a consumer", () => {
  const given = { brokers: "127.0.0.1:1", groupId: "g", registry: SCHEMAS, store: database(), apply: () => undefined };
  it.each([
    ["brokers", { brokers: "" }],
    ["brokers", { brokers: [] }],
    ["brokers", { brokers: "no port:at all:" }],
    ["groupId", { groupId: "" }],
    ["registry", { registry: null as never }],
    ["registry.url", { registry: { url: "" } }],
    ["apply", { apply: undefined as never }],
    ["store", { store: undefined as never }],
    ["from", { from: "latest" as never }],
    ["from", { from: "committed", store: { ...database(), durable: false } }],
    ["from.offset", { from: { offset: -1 } }],
    ["from.offset[0]", { from: { offset: { 0: 0.5 } } }],
    ["from.timestamp", { from: { timestamp: new Date("no date") } }],
    ["rewindId", { rewindId: "x" }],
    ["bounds.maxBatchRecords", { bounds: { maxBatchRecords: 0 } }],
    ["bounds.maxBufferedBytes", { bounds: { maxBufferedBytes: 1 } }],
    ["stopTimeoutMs", { stopTimeoutMs: Number.NaN }],
    ["sessionTimeoutMs", { sessionTimeoutMs: 2 ** 31 }],
    ["sasl", { sasl: { mechanism: "none" as never, username: "u", password: "p" } }],
  ] as const)("are refused by name: %s", async (option, wrong) => {
    const error = await settled(consumeAssignments({ ...given, ...wrong } as typeof given));
    expect(error).toBeInstanceOf(ConsumerOptionError);
    expect(error).toMatchObject({ option });
  });

  it("name brokers that cannot be reached", async () => {
    const error = await settled(consumeAssignments({ ...given, connectTimeoutMs: 300 }));
    expect(error).toMatchObject({ name: "BrokersUnreachableError", message: expect.stringContaining("127.0.0.1:1") });
  });
});

function recordOf(skipped: { readonly kind: string; readonly record?: unknown }) {
  if ("record" in skipped && isRecord(skipped.record)) return skipped.record;
  throw new Error(`a ${skipped.kind} where there was none`);
}

function isRecord(record: unknown): record is { partition: number; offset: number; sequence: number } {
  return typeof record === "object" && record !== null && "offset" in record;
}
