/** `queue-ratchet reset` on Kafka, by the built program: what is processed again ends where it ended before, also after a crash in the middle. */
import { expect, it } from "vitest";
import { RESET_CRASH_POINTS } from "../../../runtime/crash-points.js";
import type { ConsumedRecord } from "../../../runtime/task/index.js";
import { announce, SEED } from "../../oracle/settings.js";
import { Application, type ProductEngine } from "../../runtime/kafka/engine/support/application.js";
import { Load } from "../../runtime/kafka/engine/support/load.js";
import { describeWithKafka, type Servers } from "../../support/kafka/index.js";
import { type Ended, run } from "../../support/program.js";
import { startService } from "../../support/service.js";
import { slowly } from "../../support/slow.js";

const CONVERSATIONS = 10;
const PLACES = RESET_CRASH_POINTS.slice(3);
/** From here on nothing is left that a start could find out of step. */
const COMPLETE: readonly string[] = PLACES.slice(-1);

class Scene {
  readonly load = Load.random(SEED, CONVERSATIONS);

  private constructor(
    private readonly servers: Servers,
    readonly application: Application,
    readonly folder: string,
    readonly emptyFolder: string,
  ) {}

  static async make(servers: Servers): Promise<Scene> {
    const application = Application.forTest(servers, { partitions: 2 });
    const scene = new Scene(servers, application, await application.folder(), await application.folder());
    const engine = await application.start({ folder: scene.folder });
    await engine.append(scene.load.rawRecords(application));
    await engine.caughtUp();
    await engine.stop();
    return scene;
  }

  reset(dataDir: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
    return run(["reset", ...this.flags(dataDir), ...args], { env });
  }

  flags(dataDir: string): string[] {
    const { applicationId, topicPrefix, partitions } = this.application.settings;
    const settings = {
      engine: "kafka",
      brokers: this.servers.kafka.bootstrap,
      "registry-url": this.servers.registry.url,
      "data-dir": dataDir,
      "application-id": applicationId,
      "topic-prefix": topicPrefix,
      partitions: String(partitions),
    };
    return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  }

  /** Starts, looks when all is processed, and ends. @returns what it logged */
  async process(folder: string, look: (engine: ProductEngine) => Promise<void> = async () => {}): Promise<string> {
    const lines: string[] = [];
    const log = (_: string, message: string, fields = {}) => void lines.push(`${message} ${JSON.stringify(fields)}`);
    const engine = await this.application.start({ folder, log });
    await engine.caughtUp();
    await look(engine);
    await engine.stop();
    return lines.join("\n");
  }

  /** Of each conversation, the sequences that its decisions name, in order. */
  sequences(engine: ProductEngine, records: readonly ConsumedRecord[]): ReadonlyMap<string, readonly number[]> {
    const sequences = new Map<string, number[]>();
    for (const { topic, value } of records) {
      if (topic !== this.application.topics.decisions || value === null) continue;
      const decision = engine.codec(topic).decodeAs("AssignmentDecision", value);
      const own = sequences.get(decision.conversationId) ?? [];
      if (decision.emittedSequence !== null) own.push(decision.emittedSequence);
      sequences.set(decision.conversationId, own);
    }
    return sequences;
  }
}

const place = ({ topic, partition, offset }: ConsumedRecord) => `${topic}:${partition}:${offset}`;

describeWithKafka("reset on Kafka", { kafka: "shared", registry: true }, (servers) => {
  it("removes changelog, groups and the local copy; a start makes the same state, with sequences from 1, and throws old copies away", async () => {
    announce("reset on Kafka", { CONVERSATIONS });
    const scene = await Scene.make(servers);
    const { application, load, folder, emptyFolder: other } = scene;
    // Another instance that has a copy.
    await scene.process(other);
    const { applicationId, topicPrefix } = application.settings;

    const dry = await scene.reset(folder, ["--dry-run"]);
    expect(dry).toMatchObject({ code: 0, stderr: "" });
    const changelog = `${topicPrefix}${applicationId}-assignment-store-changelog`;
    expect(dry.stdout).toContain(`  - topic ${changelog} (2 partitions), which is made again\n`);
    expect(dry.stdout).toContain(`  - group ${applicationId}-normalise with its offsets\n`);
    expect(dry.stdout).toContain(`  - group ${applicationId}-ratchet with its offsets\n`);
    expect(dry.stdout).toContain(`  - the copy of the state in ${folder}\n`);
    const before = await application.records();
    expect(before.some(({ topic }) => topic === changelog)).toBe(true);

    expect(await scene.reset(folder, ["--yes"])).toMatchObject({ code: 0, stderr: "" });
    const kept = await application.records();
    expect(kept.map(place)).toEqual(before.filter(({ topic }) => topic !== changelog).map(place));

    const logged = await scene.process(other, async (engine) => {
      const after = await application.records();
      load.expectWhole(after, application, engine, { atLeastOnce: true });
      const old = new Set(before.map(place));
      const again = scene.sequences(
        engine,
        after.filter((record) => !old.has(place(record))),
      );
      expect([...again.keys()].sort()).toEqual([...scene.sequences(engine, before).keys()].sort());
      for (const own of again.values()) expect(own).toEqual(own.map((_, index) => index + 1));
    });
    expect(logged).toMatch(/local copy is thrown away.*topic that was made anew/);
  });

  it("refuses while an instance runs: by its pid on its own folder, by the members elsewhere", async () => {
    const scene = await Scene.make(servers);
    const { application, folder, emptyFolder } = scene;
    const service = startService(scene.flags(folder));
    await service.ready();
    const here = await scene.reset(folder, ["--yes"]);
    expect(here).toMatchObject({ code: 1, stdout: "" });
    expect(here.stderr).toContain(`in use by the process with pid ${service.process.pid}`);
    const elsewhere = await scene.reset(emptyFolder, ["--yes"]);
    expect(elsewhere).toMatchObject({ code: 1, stdout: "" });
    const { applicationId } = application.settings;
    expect(elsewhere.stderr).toMatch(
      new RegExp(`group ${applicationId}-normalise has a member: ${applicationId}-\\S+ \\(127\\.0\\.0\\.1\\)`),
    );
    service.kill("SIGTERM");
    expect((await service.ended).code, service.lines.slice(-5).join("\n")).toBe(0);
    await scene.process(folder, async (engine) => {
      scene.load.expectWhole(await application.records(), application, engine);
    });
  });

  slowly(
    "that is killed anywhere leaves what every start refuses or handles, and what the next reset finishes",
    async () => {
      const scene = await Scene.make(servers);
      const { application, load, folder } = scene;
      for (const crashAt of PLACES) {
        const killed = await scene.reset(folder, ["--yes"], { QUEUE_RATCHET_CRASH_AT: crashAt });
        expect([crashAt, killed.code], killed.stderr).toEqual([crashAt, null]);
        if (!COMPLETE.includes(crashAt)) {
          const service = startService(scene.flags(folder));
          expect(await service.ended, service.lines.slice(-5).join("\n")).toEqual({ code: 1, signal: null });
          expect(service.lines.at(-1)).toContain("to start anew `queue-ratchet reset`");
          expect(await scene.reset(folder, ["--yes"])).toMatchObject({ code: 0, stderr: "" });
        }
        await scene.process(folder, async (engine) => {
          load.expectWhole(await application.records(), application, engine, { atLeastOnce: true });
        });
      }
    },
  );
});
