/** `replay` against a real broker, as a user runs it; what it must not have touched is asked of a client of other hands. */
import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
import { seededRandom } from "../../../bench/random.js";
import { Deadline, deleteRecords } from "../../../runtime/kafka/wire/index.js";
import { assignmentRowCodec, ContractCodec } from "../../../schemas/index.js";
import { ConfluentSchemaRegistry } from "../../../schemas/registry/confluent.js";
import { writeEvents } from "../../cli/replay/events.js";
import { clusterFor } from "../../runtime/kafka/wire/support/wire.js";
import { describeWithKafka, type Servers, type StoredRecord } from "../../support/kafka/index.js";
import { patient } from "../../support/patience.js";
import { PROGRAM, rows, run } from "../../support/program.js";
import { startService } from "../../support/service.js";
import { itSlowly, LEFT_OUT, slowly } from "../../support/slow.js";
import { type Application, newApplication } from "./support/application.js";
import { FramedValues } from "./support/framed-values.js";

const SEED = Number(process.env.SEED ?? 20_261_124);
const KILLS = Number(process.env.KILLS ?? 2);
const SOME = { events: 1_500, conversations: 250, seed: SEED };
const FEW = { events: 20, conversations: 5, seed: SEED };
const ENDING = ["--exit-after-input", "--port", "0", "--metrics-port", "0"];
const TOPICS = [
  "raw-events",
  "conversation-events",
  "work-item-events",
  "queue-assignments",
  "queue-assignment-decisions",
];

/** An application with a stretch of traffic behind it. */
class Played {
  readonly application: Application;
  private root = "";

  constructor(private readonly servers: Servers) {
    this.application = newApplication(servers);
  }

  async begin(): Promise<void> {
    this.root = await mkdtemp(join(tmpdir(), "queue-ratchet-replay-kafka-"));
  }

  end(): Promise<void> {
    return rm(this.root, { recursive: true, force: true });
  }

  path(name: string): string {
    return join(this.root, name);
  }

  get flags(): readonly string[] {
    return this.application.flags(this.path("data"));
  }

  async process(events: typeof SOME): Promise<void> {
    await writeEvents(this.path("events.ndjson"), events);
    const ended = await run(["start", ...this.flags, "--input", this.path("events.ndjson"), ...ENDING]);
    expect(ended).toMatchObject({ code: 0 });
  }

  replay(...args: readonly string[]) {
    return run(["replay", ...args, ...this.flags]);
  }

  async compared(...args: readonly string[]) {
    const { code, stdout, stderr } = await this.replay(...args, "--compare", "--json");
    const lines = rows(stdout);
    return { code, stderr, lines: lines.slice(0, -1), totals: lines.at(-1) };
  }

  name(topic: string): string {
    return `${this.application.topicPrefix}${topic}`;
  }

  get changelog(): string {
    return this.name(`${this.application.applicationId}-assignment-store-changelog`);
  }

  read(topic: string): Promise<StoredRecord[]> {
    return this.servers.independentClient.read({ topic, isolation: "read_committed" });
  }

  /** All that the live application has on the brokers: its records, to the byte, and its groups' offsets. */
  async fingerprint(): Promise<unknown> {
    const topics: unknown[] = [];
    for (const topic of [...TOPICS.map((name) => this.name(name)), this.changelog]) topics.push(await this.read(topic));
    const groups: unknown[] = [];
    for (const subTopology of ["normalise", "ratchet"])
      groups.push(
        await this.servers.independentClient.committedOffsets(`${this.application.applicationId}-${subTopology}`),
      );
    return { topics, groups };
  }

  /** Writes as somebody who should not. */
  async append(topic: string, partition: number, records: readonly (readonly [key: Buffer, value: Uint8Array])[]) {
    const written = records.map(([key, value]) => ({ key, value, partition }));
    await this.servers.independentClient.produce({ topic, records: written });
  }

  async expireInput(): Promise<void> {
    const cluster = clusterFor(this.servers.kafka.bootstrap);
    try {
      const before = await Promise.all(
        ["raw-events", "conversation-events", "work-item-events"].map(async (name) => {
          const ends = new Map<number, number>();
          for (const { partition, offset } of await this.read(this.name(name))) ends.set(partition, offset + 1);
          return [...ends].map(([partition, offset]) => ({ topic: this.name(name), partition, offset }));
        }),
      );
      await deleteRecords(cluster, before.flat(), { deadline: new Deadline(20_000), channel: "test" });
    } finally {
      await cluster.close();
    }
  }
}

describeWithKafka("replays on Kafka", { kafka: "shared", registry: true, independentClient: true }, (servers) => {
  async function played(test: (it: Played) => Promise<void>, events: typeof SOME = SOME): Promise<void> {
    const one = new Played(servers);
    await one.begin();
    try {
      await one.process(events);
      await test(one);
    } finally {
      await one.end();
    }
  }

  it(`of events of seed ${SEED} give the live state, touch nothing, and are killed at random in vain`, () =>
    played(async (one) => {
      const before = await one.fingerprint();
      for (const input of ["joined", "raw"]) {
        const { code, lines, totals, stderr } = await one.compared("--from-beginning", "--input", input);
        expect({ code, lines, totals, stderr }).toMatchObject({ code: 0, lines: [], totals: { notComparable: 0 } });
        expect(totals?.compared).toBeGreaterThan(200);
      }
      const random = seededRandom(SEED);
      const again = ["--from-beginning", "--compare", "--id", "again"];
      for (let kill = 0; kill < KILLS; kill++) {
        const child = spawn(process.execPath, [PROGRAM, "replay", ...again, ...one.flags]);
        const ended = new Promise((resolve) => child.on("close", resolve));
        await delay(400 + random() * 1_500);
        child.kill("SIGKILL");
        await ended;
      }
      expect(await one.replay(...again)).toMatchObject({ code: 0 });
      expect(await one.fingerprint()).toEqual(before);
      expect((await readdir(one.path(""))).filter((name) => name.endsWith("-replays"))).toEqual([]);
    }));

  it("into a topic that they make themselves: the same records as the file's, removed by --clean, and by it alone", () =>
    played(async (one) => {
      const topic = one.name("tried");
      const made = await one.replay("--from-beginning", "--sink", `topic:${topic}`, "--id", "mine");
      expect(made).toMatchObject({ code: 0, stdout: "" });
      const file = one.path("out.ndjson");
      await one.replay("--from-beginning", "--sink", `file:${file}`);
      const assignments = rows(await readFile(file, "utf8"));
      const values = new FramedValues(servers.independentClient, servers.registry.url);
      const stored = await one.read(topic);
      const decoded = await values.decode(stored);
      const text = (row: Readonly<Record<string, unknown>>) => `${row.key} ${row.sequence} ${row.causeEventId}`;
      const keyed = decoded.map((value, index) => ({ key: String(stored[index]?.key), ...value }));
      expect(keyed.map(text).sort()).toEqual(assignments.map(text).sort());
      const live = await one.read(one.name("queue-assignments"));
      const partitions = new Map(live.map(({ key, partition }) => [String(key), partition]));
      expect(stored.filter(({ key, partition }) => partitions.get(String(key)) !== partition)).toEqual([]);

      // It is somebody else's from here on: there already, it is written to and not removed.
      await one.replay("--from-beginning", "--sink", `topic:${topic}`, "--id", "other");
      expect(await one.read(topic)).toHaveLength(2 * stored.length);
      expect(rows((await one.replay("--list", "--json")).stdout)).toMatchObject([{ id: "mine", topicsMade: [topic] }]);
      expect(await one.replay("--clean", "mine")).toEqual({ code: 0, stdout: "replay mine: removed\n", stderr: "" });
      const gone = await one.replay("--from-beginning", "--sink", `topic:${topic}`, "--dry-run");
      expect(gone.stdout).toContain("which would be made");
      const refused = await one.replay("--from-beginning", "--sink", `topic:${one.name("raw-events")}`);
      expect(refused).toMatchObject({ code: 2, stdout: "" });
    }));

  it("find just what was planted in the changelog and in the sync topic, and tell apart whose input has expired", () =>
    played(async (one) => {
      const TARGET = { type: "QUEUE", id: "planted" } as const;
      const registry = new ConfluentSchemaRegistry({ url: servers.registry.url });
      const name = one.name("queue-assignments");
      const codec = await ContractCodec.open("QueueAssignment", `${name}-value`, registry);
      const newest = new Map((await one.read(name)).map((record) => [String(record.key), record]));
      const [sync] = newest.values();
      if (sync?.key == null || sync.value === null) throw new Error("nothing was emitted");
      const altered = codec.encode({ ...codec.decode(sync.value), assignment: TARGET });
      const last = new Map((await one.read(one.changelog)).map((record) => [String(record.key), record]));
      const row = [...last.values()].find(
        ({ key }) => key !== null && !key.equals(sync.key ?? key) && String(key) !== "positions",
      );
      if (row?.key == null || row.value === null) throw new Error("there are no rows");
      const changed = assignmentRowCodec.encode({ ...assignmentRowCodec.decode(row.value), assignment: TARGET });
      const positions = (await one.read(one.changelog)).findLast(
        ({ key, partition }) => String(key) === "positions" && partition === row.partition,
      );
      if (positions?.key == null || positions.value === null) throw new Error("there are no positions");
      await one.append(name, sync.partition, [[sync.key, altered]]);
      // A checkpoint ends with its positions.
      await one.append(one.changelog, row.partition, [
        [row.key, changed],
        [positions.key, positions.value],
      ]);
      const { code, lines, totals } = await one.compared("--from-beginning");
      expect(code).toBe(1);
      expect(lines.filter(({ field }) => field !== "diverged")).toMatchObject([
        ...[
          { key: String(sync.key), where: "sync-topic", field: "assignment", live: TARGET, partition: sync.partition },
          { key: String(row.key), where: "state", field: "assignment", live: TARGET, partition: row.partition },
        ]
          .sort((a, b) => a.partition - b.partition || (a.key < b.key ? -1 : 1))
          .map(({ partition: _, ...line }) => line),
      ]);
      expect(totals).toMatchObject({ differing: 2, notComparable: 0 });

      await one.expireInput();
      const all = [...last.keys()].filter((key) => key !== "positions").length;
      const expired = await one.compared("--from-beginning");
      expect(expired.totals).toMatchObject({ compared: 0, differing: 0, notComparable: all });
      await one.process({ events: 300, conversations: 900, seed: SEED + 1 });
      const later = await one.compared("--from-beginning");
      expect(later.totals).toMatchObject({ differing: 0, notComparable: all });
      expect(later.totals?.compared).toBeGreaterThan(10);
      const gone = await one.replay("--from-offset", `${one.name("conversation-events")}:0:0`);
      expect(gone.code).toBe(2);
      expect(gone.stderr).toContain("it has expired");
    }));

  slowly("beside an instance under load find nothing that differs, time and again", () =>
    played(async (one) => {
      await writeEvents(one.path("load.ndjson"), { ...SOME, events: 6_000, seed: SEED + 2 });
      const service = startService([...one.flags, "--input", one.path("load.ndjson")]);
      await service.ready();
      for (const input of ["joined", "raw"]) {
        const { code, totals, lines } = await one.compared("--from-beginning", "--input", input);
        expect({ code, totals, lines }).toMatchObject({
          code: 0,
          totals: { differing: 0, notComparable: 0 },
          lines: [],
        });
      }
      await service.said("input processed");
    }),
  );

  it("of other settings name the topic and both numbers", () =>
    played(async (one) => {
      const others = one.flags.map((flag, index) => (one.flags[index - 1] === "--partitions" ? "7" : flag));
      const { code, stderr } = await run(["replay", "--from-beginning", "--compare", ...others]);
      expect(code).toBe(1);
      expect(stderr).toContain("has 3 partitions, not 7: use --partitions 3");
    }, FEW));

  itSlowly(
    `of 200,000 events give the live state${LEFT_OUT}`,
    () =>
      played(
        async (one) => {
          expect(await one.compared("--from-beginning")).toMatchObject({
            code: 0,
            lines: [],
            totals: { differing: 0 },
          });
        },
        { events: 200_000, conversations: 30_000, seed: SEED },
      ),
    patient(900_000),
  );
});
