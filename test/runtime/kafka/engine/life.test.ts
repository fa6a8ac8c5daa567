/** The life of a Kafka engine on a real broker: what it says of itself, how it stops, and what a start finds. */
import { expect, it } from "vitest";
import type { CommittedReport, RestoredReport, TaskObserver } from "../../../../runtime/observer.js";
import { NotHereError } from "../../../../runtime/queries/index.js";
import { entriesCounter } from "../../../../runtime/task/index.js";
import { ASSIGNMENT_STORE, type ProductOutcome } from "../../../../topology/index.js";
import { describeWithKafka, until } from "../../../support/kafka/index.js";
import { patient } from "../../../support/patience.js";
import { Application } from "./support/application.js";
import { Load } from "./support/load.js";

const SEED = 7;
const STOP_WITHIN_MS = 10_000;

function observed() {
  const reports: CommittedReport<ProductOutcome>[] = [];
  const restored: RestoredReport[] = [];
  const opened: [string, number, object][] = [];
  const moves: string[] = [];
  const observer: TaskObserver<ProductOutcome> = {
    committed: (report) => reports.push(report),
    restored: (report) => restored.push(report),
    taskOpened: (...task) => opened.push(task),
    engineMoved: (from, to) => moves.push(`${from} ${to}`),
  };
  return { observer, reports, restored, opened, moves };
}

describeWithKafka("a Kafka engine", { kafka: "shared", registry: true }, (servers) => {
  it("that is opened runs nothing, and says so", async () => {
    const engine = await Application.forTest(servers).open();
    expect([engine.state, engine.isReady, engine.failure, engine.tasks]).toEqual(["starting", false, null, []]);
    expect(() => engine.store(ASSIGNMENT_STORE, 0)).toThrow(NotHereError);
    await engine.stop();
    await engine.ended();
    expect(engine.state).toBe("stopped");
    expect(() => engine.start()).toThrow("engine: no move from stopped to running");
  });

  it("is ready when its tasks run, and not before; stopped it has none, and takes nothing", async () => {
    const application = Application.forTest(servers);
    const { observer, moves } = observed();
    const engine = await application.start({ observer });
    const states = () => [...new Set(engine.tasks.map(({ state }) => state))];
    expect(await until(() => engine.isReady || states().includes("running"), 20_000, 1)).toBe(true);
    expect(await until(() => engine.isReady, 20_000)).toBe(true);
    expect(engine.tasks.map(({ subTopology, partition }) => `${subTopology}-${partition}`).toSorted()).toEqual(
      ["normalise", "ratchet"].flatMap((name) => [0, 1, 2].map((partition) => `${name}-${partition}`)),
    );
    expect(states()).toEqual(["running"]);
    const ended = engine.ended();
    await Promise.all([engine.stop(), engine.stop()]);
    await ended;
    expect([engine.state, engine.isReady, engine.failure, engine.tasks]).toEqual(["stopped", false, null, []]);
    await expect(engine.append([])).rejects.toThrow();
    expect(moves.at(0)).toBe("starting running");
    expect(moves.slice(-2)).toEqual(["running stopping", "stopping stopped"]);
  });

  it("processes what was appended before it started and while it runs; caughtUp, lag and rows tell the truth", async () => {
    const application = Application.forTest(servers);
    const load = Load.random(SEED, 30);
    const engine = await application.open();
    const records = load.rawRecords(application);
    const half = Math.floor(records.length / 2);
    await engine.append(records.slice(0, half));
    engine.start();
    await engine.caughtUp();
    await engine.append(records.slice(half));
    await engine.caughtUp();
    expect(engine.tasks.map(({ lag }) => lag)).toEqual(Array(6).fill(0));
    expect(engine.tasks.flatMap(({ lags }) => lags.map(({ records: lag }) => lag))).toEqual(Array(9).fill(0));
    const found: string[] = [];
    for (let partition = 0; partition < 3; partition++) {
      const rows = await engine.store(ASSIGNMENT_STORE, partition).getMany([...load.arrivals.keys()]);
      found.push(...[...load.arrivals.keys()].filter((_, index) => rows[index] !== undefined));
    }
    expect(found.toSorted()).toEqual([...load.arrivals.keys()].toSorted());
    load.expectWhole(await application.records(), application, engine);
  });

  it("has processed, committed and told of everything once caughtUp says so", async () => {
    const application = Application.forTest(servers, { partitions: 1 });
    const { observer, reports } = observed();
    const engine = await application.start({ observer });
    expect(await until(() => engine.isReady, 20_000)).toBe(true);
    const load = Load.random(SEED, 5);
    const records = load.records(engine, application);
    const lag = () => engine.tasks.reduce((sum, task) => sum + task.lag, 0);
    await application.write(records);
    const caughtUp = engine.caughtUp().then(() => reports.reduce((sum, report) => sum + report.records, 0));
    expect(await caughtUp).toBe(records.length);
    expect(lag()).toBe(0);
    load.expectWhole(await application.records(), application, engine);
  });

  it("started again reads nothing of the changelog, processes nothing twice, and counts on", async () => {
    const application = Application.forTest(servers, { partitions: 2 });
    const folder = await application.folder();
    const load = Load.random(SEED, 20);
    const first = observed();
    const engine = await application.start({ folder, observer: first.observer });
    await engine.append(load.rawRecords(application));
    await engine.caughtUp();
    const written = async () => {
      const { queueAssignments, changelog } = application.topics;
      const compacted = [queueAssignments, changelog];
      return (await application.records()).filter(({ topic }) => !compacted.includes(topic));
    };
    const before = await written();
    await engine.stop();
    const counters = new Map(
      first.reports.filter(({ subTopology }) => subTopology === "ratchet").map((one) => [one.partition, one.counters]),
    );
    expect([...counters.values()].reduce((sum, one) => sum + (one[entriesCounter(ASSIGNMENT_STORE)] ?? 0), 0)).toBe(
      load.arrivals.size,
    );

    const second = observed();
    const again = await application.start({ folder, observer: second.observer });
    await again.caughtUp();
    expect(second.restored.map(({ subTopology, records }) => [subTopology, records])).toEqual([
      ["ratchet", 0],
      ["ratchet", 0],
    ]);
    expect(second.reports).toEqual([]);
    for (const [partition, counted] of counters) expect(second.opened).toContainEqual(["ratchet", partition, counted]);
    expect(await written()).toEqual(before);
  });

  it("on a new folder restores everything that the changelog has", async () => {
    const application = Application.forTest(servers, { partitions: 2 });
    const load = Load.random(SEED, 20);
    const engine = await application.start();
    await engine.append(load.rawRecords(application));
    await engine.caughtUp();
    await engine.stop();
    const { observer, restored, reports } = observed();
    const elsewhere = await application.start({ observer });
    await elsewhere.caughtUp();
    const records = await application.records();
    // The rows, and the positions behind them; what the broker has compacted away meanwhile is not among them.
    const read = restored.reduce((sum, report) => sum + report.records, 0);
    expect(read).toBeGreaterThanOrEqual(load.arrivals.size + restored.length);
    expect(reports).toEqual([]);
    load.expectWhole(records, application, elsewhere);
  });

  it("under load stops in time, and the next one does the rest, nothing twice", async () => {
    const application = Application.forTest(servers);
    const folder = await application.folder();
    const load = Load.random(SEED, 150);
    const { observer, reports } = observed();
    const engine = await application.start({ folder, observer });
    const records = load.rawRecords(application);
    await engine.append(records);
    expect(await until(() => reports.length > 0, 20_000, 1)).toBe(true);
    const beganMs = performance.now();
    await engine.stop();
    expect(performance.now() - beganMs).toBeLessThan(patient(STOP_WITHIN_MS));
    const next = await application.start({ folder });
    await next.caughtUp();
    load.expectWhole(await application.records(), application, next);
  });

  it("that is stopped before it has joined stops, and leaves everything to the next one", async () => {
    const application = Application.forTest(servers);
    const folder = await application.folder();
    const load = Load.random(SEED, 10);
    const engine = await application.start({ folder });
    await engine.append(load.rawRecords(application));
    await engine.stop();
    expect([engine.state, engine.failure]).toEqual(["stopped", null]);
    const next = await application.start({ folder });
    await next.caughtUp();
    load.expectWhole(await application.records(), application, next);
  });
});
