/** The founding incident through the built service and a real broker, read by a client of other hands. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { contract } from "../../../schemas/index.js";
import { createTopic } from "../../runtime/kafka/wire/support/wire.js";
import { describeWithKafka, type StoredRecord, uniqueTopic } from "../../support/kafka/index.js";
import { INCIDENT, INCIDENT_KEY, INCIDENT_TENANT, rows, run } from "../../support/program.js";
import { type Application, newApplication } from "./support/application.js";
import { FramedValues } from "./support/framed-values.js";

const PARTITIONS = 5;
/** The lines of the incident that make a record of the sync topic. */
const EMITTING = [0, 2, 4, 9];
const TENANT = ["--tenant", INCIDENT_TENANT];
const JOINED = ["conversation-events", "work-item-events"];

type Row = Readonly<Record<string, unknown>>;

/** What the embedded engine makes of the same file. */
async function embedded(show: "assignments" | "decisions", { topicPrefix }: Application): Promise<Row[]> {
  const { code, stdout } = await run([
    "try",
    INCIDENT,
    ...TENANT,
    "--topic-prefix",
    topicPrefix,
    "--json",
    "--show",
    show,
  ]);
  expect(code).toBe(0);
  return rows(stdout);
}

/** Rows of `try` without what says where the input lies and when it came in: that is another in each engine, and tested apart. */
function without(rows: readonly Row[], fields: readonly string[]): Row[] {
  return rows.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => !fields.includes(name))));
}

const POSITION = ["inputPartition", "inputOffset", "rawPosition"];

describeWithKafka(
  "the founding incident through Kafka",
  { kafka: "shared", registry: true, independentClient: true },
  (servers) => {
    let application: Application;
    let values: FramedValues;
    let folder: string;
    let ended: Awaited<ReturnType<typeof run>>;
    let startedAtMs: number;
    const topics = new Map<string, readonly StoredRecord[]>();

    /** All records of a topic that are committed. */
    const of = (topic: string) => topics.get(topic) ?? [];
    const fullName = (topic: string) => `${application.topicPrefix}${topic}`;
    const changelog = () => `${application.applicationId}-assignment-store-changelog`;
    const keyed = async (topic: string): Promise<Row[]> => {
      const decoded = await values.decode(of(topic));
      return decoded.map((value, index) => ({ key: String(of(topic)[index]?.key), ...value }));
    };
    const timestamps = (topic: string) => of(topic).map(({ timestampMs }) => timestampMs);
    const headersOf = ({ headers }: StoredRecord) => headers.map(([name, value]) => [name, String(value)]);

    beforeAll(async () => {
      application = newApplication(servers, PARTITIONS);
      values = new FramedValues(servers.independentClient, servers.registry.url);
      folder = await mkdtemp(join(tmpdir(), "queue-ratchet-incident-"));
      startedAtMs = Date.now();
      const input = ["--input", INCIDENT, "--exit-after-input", ...TENANT, "--port", "0", "--metrics-port", "0"];
      ended = await run(["start", ...application.flags(folder), ...input]);
      const names = ["raw-events", ...JOINED, "queue-assignments", "queue-assignment-decisions", "dead-letters"];
      for (const name of [...names, changelog()]) {
        const topic = fullName(name);
        topics.set(name, await servers.independentClient.read({ topic, isolation: "read_committed" }));
      }
    });
    afterAll(() => rm(folder, { recursive: true, force: true }));

    it("ends when the input is processed, as asked", () => {
      expect(ended, `${ended.stdout}${ended.stderr}`).toMatchObject({ code: 0, stderr: "" });
      expect(ended.stdout).toContain("input processed: 13 documents");
    });

    it("gives the four records that the embedded engine gives; `emittedAt` is when the event came in", async () => {
      const expected = await embedded("assignments", application);
      expect(expected).toHaveLength(EMITTING.length);
      const assignments = await keyed("queue-assignments");
      expect(without(assignments, ["emittedAt"])).toEqual(without(expected, ["emittedAt"]));
      expect(assignments.map(({ emittedAt }) => emittedAt)).toEqual(
        EMITTING.map((line) => timestamps("raw-events")[line]),
      );
    });

    it("gives the thirteen decisions that the embedded engine gives, in its order", async () => {
      const expected = await embedded("decisions", application);
      expect(expected).toHaveLength(13);
      expect(without(await keyed("queue-assignment-decisions"), POSITION)).toEqual(without(expected, POSITION));
    });

    it("has each decision name the record that it is of, and the raw one, where a client finds them", async () => {
      const partition = of("raw-events")[0]?.partition;
      const decisions = await keyed("queue-assignment-decisions");
      expect(decisions).toHaveLength(13);
      for (const [line, { inputTopic, inputPartition, inputOffset, rawPosition }] of decisions.entries()) {
        expect([inputPartition, rawPosition]).toEqual([partition, `${partition}:${of("raw-events")[line]?.offset}`]);
        const name = String(inputTopic).slice(application.topicPrefix.length);
        const input = of(name).find(({ offset }) => offset === inputOffset);
        expect(input && headersOf(input)).toContainEqual(["raw-position", rawPosition]);
      }
    });

    it("has the raw record's time on everything that follows from it", () => {
      const raw = timestamps("raw-events");
      expect(raw).toHaveLength(13);
      expect(Math.min(...raw)).toBeGreaterThanOrEqual(startedAtMs);
      expect(timestamps("queue-assignment-decisions")).toEqual(raw);
      expect(timestamps("queue-assignments")).toEqual(EMITTING.map((line) => raw[line]));
      const kinds = new Set([...topics.values()].flat().map(({ timestampType }) => timestampType));
      expect([...kinds]).toEqual(["create"]);
    });

    it("has the headers of the contract, and no others", () => {
      for (const record of of("raw-events"))
        expect(headersOf(record)).toEqual([
          ["source", "kustomer"],
          ["received-at", String(record.timestampMs)],
        ]);
      for (const record of JOINED.flatMap(of)) {
        const names = headersOf(record).map(([name]) => name);
        expect(names.toSorted()).toEqual(["raw-position", "received-at"]);
        expect(headersOf(record)).toContainEqual(["received-at", String(record.timestampMs)]);
      }
      for (const record of ["queue-assignments", "queue-assignment-decisions"].flatMap(of))
        expect(record.headers).toEqual([]);
      expect(of("dead-letters")).toEqual([]);
    });

    it("lies where Java's client would put the key, in every topic", async () => {
      const topic = uniqueTopic("murmur2");
      await createTopic(servers.kafka.bootstrap, topic, { partitions: PARTITIONS });
      const [place] = await servers.independentClient.produce({
        topic,
        records: [{ key: INCIDENT_KEY, value: "" }],
        config: { partitioner: "murmur2" },
      });
      const records = [...topics.values()].flat();
      expect([...new Set(records.map(({ partition }) => partition))]).toEqual([place?.partition]);
      const keys = new Set(records.map(({ key }) => String(key)));
      expect([...keys].toSorted()).toEqual([INCIDENT_KEY, "positions"]);
    });

    it("has values under the schema that the registry has for each topic, which must stay readable", async () => {
      const contracts = {
        "conversation-events": "ConversationEvent",
        "work-item-events": "WorkItemEvent",
        "queue-assignments": "QueueAssignment",
        "queue-assignment-decisions": "AssignmentDecision",
      } as const;
      for (const [name, named] of Object.entries(contracts)) {
        const { id, compatibility, schema } = await values.subject(fullName(name));
        expect([name, ...new Set(of(name).map((record) => values.schemaId(record)))]).toEqual([name, id]);
        expect([name, compatibility]).toEqual([name, "BACKWARD_TRANSITIVE"]);
        expect(schema).toMatchObject({ name: named, namespace: "queueratchet" });
      }
    });

    it("has committed the offsets after the last processed records, and no others", async () => {
      for (const [subTopology, sources] of [
        ["normalise", ["raw-events"]],
        ["ratchet", JOINED],
      ] as const) {
        const committed = await servers.independentClient.committedOffsets(
          `${application.applicationId}-${subTopology}`,
        );
        const expected = sources.map((name) => {
          const { partition = -1, offset = -1 } = of(name).at(-1) ?? {};
          return { topic: fullName(name), partition, offset: offset + 1 };
        });
        const places = committed.map(({ topic, partition, offset }) => ({ topic, partition, offset }));
        expect(places.toSorted(byTopic)).toEqual(expected.toSorted(byTopic));
      }
    });

    it("has the row and, behind it, the same positions in the changelog", async () => {
      const records = of(changelog());
      const keys = records.map(({ key }) => String(key));
      expect(keys.at(-1)).toBe("positions");
      // Each checkpoint is the row and then the positions: one conversation has one row.
      expect(keys).toEqual(keys.map((_, index) => (index % 2 === 0 ? INCIDENT_KEY : "positions")));
      const schema = JSON.parse(contract("Positions").schema);
      const positions = [];
      for (const { value } of records.filter((_, index) => index % 2 === 1))
        positions.push(await servers.independentClient.avroDecode(schema, value?.subarray(1) ?? Buffer.alloc(0)));
      expect(positions.map((one) => (one as Row).checkpoint)).toEqual(positions.map((_, index) => index + 1));
      const committed = await servers.independentClient.committedOffsets(`${application.applicationId}-ratchet`);
      const last = positions.at(-1) as { positions: { topic: string }[]; counters: unknown };
      expect(last.positions.toSorted(byTopic)).toEqual(
        committed.map(({ topic, partition, offset }) => ({ topic, partition, offset })).toSorted(byTopic),
      );
      expect(last.counters).toEqual(
        expect.arrayContaining([
          { name: "diverged", count: 1 },
          { name: "assignment-store.entries", count: 1 },
        ]),
      );
    });
  },
);

function byTopic(left: { readonly topic: string }, right: { readonly topic: string }): number {
  return left.topic < right.topic ? -1 : 1;
}
