/** Several instances of an application: they share the partitions, and come and go amid the load. */
import { expect, it } from "vitest";
import { NotHereError } from "../../../../runtime/queries/index.js";
import { ASSIGNMENT_STORE } from "../../../../topology/index.js";
import { announce, SEED } from "../../../oracle/settings.js";
import { describeWithKafka, until } from "../../../support/kafka/index.js";
import { Application, type ProductEngine } from "./support/application.js";
import { Load } from "./support/load.js";

const PARTITIONS = 4;
const JOINED_WITHIN_MS = 30_000;
const CHUNK = 40;

/** The partitions whose rows the instance has, as its tasks say. */
function partitionsOf(engine: ProductEngine, subTopology = "ratchet"): number[] {
  const own = engine.tasks.filter((task) => task.subTopology === subTopology && task.state === "running");
  return own.map(({ partition }) => partition).toSorted((left, right) => left - right);
}

function shared(engines: readonly ProductEngine[]): boolean {
  const all = engines.flatMap((engine) => partitionsOf(engine));
  return engines.every((engine) => engine.isReady) && all.length === PARTITIONS && new Set(all).size === PARTITIONS;
}

describeWithKafka("instances of one application", { kafka: "shared", registry: true }, (servers) => {
  it("share the partitions, come and go amid the load, and nothing is lost or done twice", async () => {
    announce("instances", {});
    const application = Application.forTest(servers, { partitions: PARTITIONS });
    const load = Load.random(SEED, 120);
    const records = load.rawRecords(application);
    let rebalances = 0;
    const observer = { committed: () => undefined, rebalanced: () => void rebalances++ };
    const first = await application.start({ observer });
    let at = 0;
    /** So many more, a chunk at a time, while whatever happens happens. */
    const feed = async (engine: ProductEngine, share: number) => {
      const end = Math.ceil(records.length * share);
      for (; at < end; at = Math.min(at + CHUNK, end))
        await engine.append(records.slice(at, Math.min(at + CHUNK, end)));
    };
    await feed(first, 0.2);

    const second = await application.open();
    second.start();
    await feed(first, 0.5);
    expect(await until(() => shared([first, second]), JOINED_WITHIN_MS)).toBe(true);
    expect([partitionsOf(first).length, partitionsOf(second).length]).toEqual([PARTITIONS / 2, PARTITIONS / 2]);
    expect(partitionsOf(first, "normalise")).toHaveLength(PARTITIONS / 2);
    for (const partition of partitionsOf(second)) {
      expect(() => first.store(ASSIGNMENT_STORE, partition)).toThrow(new NotHereError(partition));
      expect(second.store(ASSIGNMENT_STORE, partition)).toBeDefined();
    }

    const feeding = feed(second, 0.8);
    await first.stop();
    await feeding;
    expect(await until(() => shared([second]), JOINED_WITHIN_MS)).toBe(true);
    const third = await application.start();
    await feed(third, 1);
    expect(await until(() => shared([second, third]), JOINED_WITHIN_MS)).toBe(true);
    await Promise.all([second.caughtUp(), third.caughtUp()]);
    // What the one normalised the other may decide.
    await Promise.all([second.caughtUp(), third.caughtUp()]);
    expect(rebalances).toBeGreaterThanOrEqual(3);
    load.expectWhole(await application.records(), application, third);
  });

  it("are caught up each with its own partitions, together with all", async () => {
    const application = Application.forTest(servers, { partitions: PARTITIONS });
    const engines = [await application.start(), await application.start()];
    expect(await until(() => shared(engines), JOINED_WITHIN_MS)).toBe(true);
    const load = Load.random(SEED, 30);
    const [one] = engines;
    await application.write(load.records(one as ProductEngine, application));
    await Promise.all(engines.map((engine) => engine.caughtUp()));
    for (const engine of engines) expect(engine.tasks.map(({ lag }) => lag)).toEqual(Array(PARTITIONS).fill(0));
    load.expectWhole(await application.records(), application, one as ProductEngine);
  });
});
