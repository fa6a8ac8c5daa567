/** The life of an embedded engine: what runs when, what it makes durable, and how it ends. */
import { describe, expect, it, onTestFinished } from "vitest";
import type { CrashPoint } from "../../../runtime/crash-points.js";
import { CommitterClosedError, EmbeddedEngine, type EmbeddedEngineOptions } from "../../../runtime/embedded/index.js";
import { FolderInUseError } from "../../../runtime/folder/index.js";
import type { CommittedReport, TaskObserver } from "../../../runtime/observer.js";
import { partitionFor } from "../../../runtime/records/index.js";
import { entriesCounter } from "../../../runtime/task/index.js";
import { ASSIGNMENT_STORE, type ProductOutcome, productTopology } from "../../../topology/index.js";
import { kustomerLines, TENANT } from "../../processors/sources/documents.js";
import { append, type SampleProcessors, sampleTopology } from "../task/sample.js";
import { startChild } from "./support/child-process.js";
import { temporaryFolder } from "./support/folders.js";
import { PRODUCT, rawEvent } from "./support/product-run.js";

const PARTITIONS = 4;

/** Opens an engine of the sample topology; it ends with the test. */
async function openSampleEngine(
  folder: string,
  processors: Partial<SampleProcessors> = { reader: append },
  options: Partial<EmbeddedEngineOptions<string>> = {},
): Promise<EmbeddedEngine<string>> {
  return ended(
    await EmbeddedEngine.open({
      topology: sampleTopology(processors),
      folder,
      applicationId: "sample",
      topicPrefix: "",
      partitions: PARTITIONS,
      ...options,
    }),
  );
}

async function openProduct(
  folder: string,
  observer: TaskObserver<ProductOutcome> = { committed: () => {} },
): Promise<EmbeddedEngine<ProductOutcome>> {
  const settings = { ...PRODUCT, partitions: 2, tenant: TENANT };
  return ended(await EmbeddedEngine.open({ topology: productTopology(settings), folder, ...settings, observer }));
}

function ended<Outcome>(engine: EmbeddedEngine<Outcome>): EmbeddedEngine<Outcome> {
  onTestFinished(() => engine.stop());
  return engine;
}

function rawRecord(value: string, partition = 0) {
  return { topic: "raw", partition, timestamp: 1, key: Buffer.from("k"), value: Buffer.from(value), headers: [] };
}

/** The values of a topic. */
async function valuesOf(engine: EmbeddedEngine<string>, topic: string, partition = 0): Promise<string[]> {
  const { records } = await engine.log.read(topic, partition, 0);
  return records.map(({ value }) => Buffer.from(value ?? []).toString());
}

/** Where the outputs of the sample go: they all have one key. */
const OUTPUT_PARTITION = partitionFor(Buffer.from("k"), PARTITIONS);

async function outputs(engine: EmbeddedEngine<string>): Promise<string[]> {
  return valuesOf(engine, "output", OUTPUT_PARTITION);
}

function taskStates(engine: EmbeddedEngine<string>): string[] {
  return engine.tasks.map(({ state }) => state);
}

const all = (state: string) => Array(PARTITIONS).fill(state);

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => null,
    (error: unknown) => error,
  );
}

describe("an engine that is opened", () => {
  it("has its tasks, but runs nothing and is not ready", async () => {
    const engine = await openSampleEngine(await temporaryFolder());
    await engine.append([rawRecord("a")]);
    expect([engine.state, engine.isReady, engine.failure]).toEqual(["starting", false, null]);
    expect(taskStates(engine)).toEqual(all("created"));
    expect(engine.tasks.map(({ subTopology, partition, lag }) => [subTopology, partition, lag])).toEqual([
      ["sample", 0, 1],
      ["sample", 1, 0],
      ["sample", 2, 0],
      ["sample", 3, 0],
    ]);
    await expect(engine.caughtUp()).rejects.toThrow("the engine is starting: nothing will be processed");
    expect(await outputs(engine)).toEqual([]);
  });

  it("can be stopped without having been started", async () => {
    const engine = await openSampleEngine(await temporaryFolder());
    await engine.stop();
    await engine.ended();
    expect(engine.state).toBe("stopped");
  });

  it("refuses to be a second one on its folder, naming the process that has it", async () => {
    const folder = await temporaryFolder();
    const engine = await openSampleEngine(folder);
    const refused = await failureOf(openSampleEngine(folder));
    expect(refused).toBeInstanceOf(FolderInUseError);
    expect(refused).toMatchObject({ folder: engine.folder, pid: process.pid });
    await engine.stop();
    await openSampleEngine(folder);
  });

  it("refuses a folder that another process has, naming it", async () => {
    const folder = await temporaryFolder();
    const owner = startChild({ folder, commits: 1, hold: true });
    await owner.said("done");
    expect(await failureOf(openSampleEngine(folder))).toMatchObject({ name: "FolderInUseError", pid: owner.pid });
  });

  it("gives the folder up when what follows fails", async () => {
    const folder = await temporaryFolder();
    const broken = { ...sampleTopology(), topics: [] };
    expect(await failureOf(openSampleEngine(folder, {}, { topology: broken }))).toBeInstanceOf(Error);
    await openSampleEngine(folder);
  });
});

describe("an engine that runs", () => {
  it("is ready, with all tasks running", async () => {
    const moves: string[] = [];
    const observer: TaskObserver<string> = {
      committed: () => {},
      engineMoved: (from, to) => moves.push(`${from} ${to}`),
    };
    const engine = await openSampleEngine(await temporaryFolder(), {}, { observer });
    engine.start();
    expect([engine.state, engine.isReady]).toEqual(["running", true]);
    expect(taskStates(engine)).toEqual(all("running"));
    expect(() => engine.start()).toThrow("engine: no move from running to running");
    await engine.stop();
    expect(moves).toEqual(["starting running", "running stopping", "stopping stopped"]);
  });

  it("processes what was appended before it started, and what is appended while it runs", async () => {
    const engine = await openSampleEngine(await temporaryFolder());
    await engine.append([rawRecord("a"), rawRecord("b")]);
    engine.start();
    await engine.caughtUp();
    expect(await outputs(engine)).toEqual(["a", "ab"]);
    const { appended } = await engine.append([rawRecord("c")]);
    await engine.caughtUp();
    expect(appended).toEqual([{ topic: "raw", partition: 0, baseOffset: 2, count: 1 }]);
    expect(await outputs(engine)).toEqual(["a", "ab", "abc"]);
    expect(engine.tasks.map(({ lag }) => lag)).toEqual([0, 0, 0, 0]);
  });

  it("is woken by records of each partition and source, also when it has been idle", async () => {
    const engine = await openSampleEngine(await temporaryFolder());
    engine.start();
    const sizes: number[] = [];
    for (const partition of [3, 0, 2, 1, 3]) {
      await engine.append([rawRecord("x", partition)]);
      await engine.caughtUp();
      sizes.push((await outputs(engine)).length);
    }
    await engine.append([{ ...rawRecord("not Avro", 2), topic: "events" }]);
    await engine.caughtUp();
    expect(sizes).toEqual([1, 2, 3, 4, 5]);
    expect(await valuesOf(engine, "refused")).toEqual(["not Avro"]);
  });

  it("keeps the rows of each partition apart", async () => {
    const engine = await openSampleEngine(await temporaryFolder());
    engine.start();
    await engine.append([rawRecord("a", 0), rawRecord("b", 1), rawRecord("c", 1)]);
    await engine.caughtUp();
    const rows = await Promise.all([0, 1, 2].map((partition) => engine.store("rows", partition).getMany(["k"])));
    expect(rows.flat().map((row) => row && Buffer.from(row).toString())).toEqual(["a", "bc", undefined]);
  });

  it("tells of a checkpoint when its outputs can be read, each record once", async () => {
    const reports: (CommittedReport<string> & { readonly readable: number })[] = [];
    const engines: EmbeddedEngine<string>[] = [];
    const observer: TaskObserver<string> = {
      committed: (report) => {
        reports.push({ ...report, readable: engines[0]?.log.endOffset("output", OUTPUT_PARTITION) ?? -1 });
      },
    };
    const engine = await openSampleEngine(await temporaryFolder(), undefined, { observer });
    engines.push(engine);
    engine.start();
    await engine.append([rawRecord("a", 1), rawRecord("b", 1)]);
    await engine.caughtUp();
    expect(reports).toMatchObject([
      {
        subTopology: "sample",
        partition: 1,
        records: 2,
        outcomes: ['was ""', 'was "a"'],
        counters: { [entriesCounter("rows")]: 1 },
        readable: (await outputs(engine)).length,
      },
    ]);
  });

  it("takes any number of appends at once: they wait for room, and keep their order", async () => {
    const committer = { maxQueuedRequests: 1, maxQueuedBytes: 1 };
    const engine = await openSampleEngine(await temporaryFolder(), undefined, { storage: { committer } });
    engine.start();
    const letters = [..."abcdefghijklmnopqrstuvwxyz"];
    const committed = await Promise.all(letters.map((letter) => engine.append([rawRecord(letter)])));
    await engine.caughtUp();
    expect(committed.map(({ appended }) => appended[0]?.baseOffset)).toEqual(letters.map((_, index) => index));
    expect(await valuesOf(engine, "raw")).toEqual(letters);
    expect((await outputs(engine)).at(-1)).toBe(letters.join(""));
    expect(engine.failure).toBeNull();
  });
});

describe("an engine that is stopped", () => {
  it("has closed tasks, says that it has ended, and takes nothing more", async () => {
    const engine = await openSampleEngine(await temporaryFolder());
    engine.start();
    const endedBefore = engine.ended();
    await engine.stop();
    await endedBefore;
    await engine.ended();
    expect([engine.state, engine.isReady, engine.failure]).toEqual(["stopped", false, null]);
    expect(taskStates(engine)).toEqual(all("closed"));
    expect(await failureOf(engine.append([rawRecord("late")]))).toBeInstanceOf(CommitterClosedError);
    expect(() => engine.start()).toThrow("engine: no move from stopped to running");
  });

  it("may be stopped again, also at once", async () => {
    const engine = await openSampleEngine(await temporaryFolder());
    engine.start();
    await Promise.all([engine.stop(), engine.stop()]);
    await engine.stop();
    expect(engine.state).toBe("stopped");
  });

  it("has finished the checkpoint at hand; the rest is done after the next start, nothing twice", async () => {
    const folder = await temporaryFolder();
    const first = await openSampleEngine(folder, undefined, {
      runner: { maxBatchRecords: 1, maxCheckpointRecords: 3 },
    });
    const letters = [..."abcdefghijklmnopqrstuvwxyz"];
    await first.append(letters.map((letter) => rawRecord(letter)));
    first.start();
    await first.stop();
    const second = await openSampleEngine(folder);
    const done = (await outputs(second)).length;
    expect(second.tasks[0]?.lag).toBe(letters.length - done);
    second.start();
    await second.caughtUp();
    expect(await outputs(second)).toEqual(letters.map((_, index) => letters.slice(0, index + 1).join("")));
  });
});

describe("an engine that is started again on its folder", () => {
  const incident = kustomerLines.map((line, index) => rawEvent("kustomer", line, 1_000 + index));

  function endOffsets(engine: EmbeddedEngine<ProductOutcome>) {
    return engine.log.partitions().map(({ topic, partition, endOffset }) => [topic, partition, endOffset]);
  }

  it("processes nothing twice", async () => {
    const folder = await temporaryFolder();
    const first = await openProduct(folder);
    first.start();
    await first.append(incident);
    await first.caughtUp();
    const before = endOffsets(first);
    await first.stop();

    const reports: unknown[] = [];
    const second = await openProduct(folder, { committed: (report) => reports.push(report) });
    second.start();
    await second.caughtUp();
    expect(second.tasks.map(({ lag }) => lag)).toEqual([0, 0, 0, 0]);
    expect(endOffsets(second)).toEqual(before);
    expect(reports).toEqual([]);
    const written = new Map<unknown, number>();
    for (const [topic, , offset] of before) written.set(topic, (written.get(topic) ?? 0) + Number(offset));
    expect([written.get("queue-assignments"), written.get("queue-assignment-decisions")]).toEqual([4, 13]);
  });

  it("goes on where it stood: rows, positions and counters", async () => {
    const folder = await temporaryFolder();
    const [earlier, later] = [incident.slice(0, 12), incident.slice(12)];
    const first = await openProduct(folder);
    first.start();
    await first.append(earlier);
    await first.caughtUp();
    await first.stop();

    const opened: unknown[] = [];
    const reports: CommittedReport<ProductOutcome>[] = [];
    const second = await openProduct(folder, {
      committed: (report) => reports.push(report),
      taskOpened: (...task) => opened.push(task),
    });
    const counted = { diverged: 1, [entriesCounter(ASSIGNMENT_STORE)]: 1 };
    expect(opened).toContainEqual(["ratchet", expect.any(Number), counted]);
    expect(opened).toHaveLength(4);
    second.start();
    await second.append(later);
    await second.caughtUp();
    const decided = reports.filter(({ subTopology }) => subTopology === "ratchet");
    expect(decided).toMatchObject([{ records: 1, counters: counted }]);
  });
});

describe("a checkpoint that cannot be written", () => {
  /** An engine whose next write after a record was processed fails. */
  async function openFailing(folder: string, observer: TaskObserver<string> = { committed: () => {} }) {
    let fails = false;
    const reader: SampleProcessors["reader"] = (record, context) => {
      fails = true;
      return append(record, context);
    };
    const crashPoints = {
      hit(label: CrashPoint) {
        if (fails && label === "commit.before-write") throw new Error("the disk is gone");
      },
    };
    return openSampleEngine(folder, { reader }, { observer, storage: { crashPoints } });
  }

  it("fails the engine with the error, and ends it", async () => {
    const failed: unknown[] = [];
    const engine = await openFailing(await temporaryFolder(), {
      committed: () => {},
      commitFailed: (...task) => failed.push(task),
    });
    engine.start();
    const waiting = failureOf(engine.caughtUp());
    await engine.append([rawRecord("a", 2)]);
    const caughtUp = failureOf(engine.caughtUp());
    await engine.ended();
    expect(engine.state).toBe("failed");
    expect(engine.isReady).toBe(false);
    expect(engine.failure?.message).toContain("the disk is gone");
    expect(failed).toEqual([["sample", 2]]);
    expect(await waiting).toBeNull();
    expect(await caughtUp).toBe(engine.failure);
    expect(await failureOf(engine.append([rawRecord("b")]))).toBe(engine.failure);
    await engine.stop();
    await engine.stop();
    expect(engine.state).toBe("failed");
    expect(taskStates(engine)).toEqual(all("closed"));
  });

  it("leaves its records to the next start", async () => {
    const folder = await temporaryFolder();
    const failing = await openFailing(folder);
    failing.start();
    await failing.append([rawRecord("a")]);
    await failing.ended();
    await failing.stop();
    const engine = await openSampleEngine(folder);
    expect(await outputs(engine)).toEqual([]);
    engine.start();
    await engine.caughtUp();
    expect(await outputs(engine)).toEqual(["a"]);
  });
});

describe("a task that throws", () => {
  it("fails the engine with its error, ends all tasks, and leaves its records to the next start", async () => {
    const folder = await temporaryFolder();
    const reader: SampleProcessors["reader"] = (record, context) => {
      if (record.offset === 2) throw new Error("a defect");
      return append(record, context);
    };
    const engine = await openSampleEngine(folder, { reader });
    engine.start();
    await engine.append([rawRecord("a"), rawRecord("b"), rawRecord("c")]);
    await engine.ended();
    expect([engine.state, engine.failure?.message]).toEqual(["failed", "a defect"]);
    await engine.stop();
    expect(taskStates(engine)).toEqual(all("closed"));

    const mended = await openSampleEngine(folder);
    expect(await outputs(mended)).toEqual([]);
    mended.start();
    await mended.caughtUp();
    expect(await outputs(mended)).toEqual(["a", "ab", "abc"]);
  });

  it("while it is being stopped fails the engine too", async () => {
    const engine = await openSampleEngine(await temporaryFolder(), {
      reader: () => {
        void engine.stop();
        throw new Error("a defect");
      },
    });
    engine.start();
    await engine.append([rawRecord("a")]);
    await engine.ended();
    expect([engine.state, engine.failure?.message]).toEqual(["failed", "a defect"]);
  });
});
