/** What is so at the moment: states, lag, and the stores, also after a folder was opened again. */
import { describe, expect, it } from "vitest";
import { conversation, TO_Q1 } from "../../oracle/build.js";
import { feed, incident, joined, openMetered, raw, samples } from "./support.js";

const STATES = ["created", "restoring", "running", "suspended", "closed"];

function statesOf(task: string, current: string): string[] {
  return STATES.map((state) => `{task="${task}",state="${state}"} ${Number(state === current)}`).sort();
}

describe("a task's state", () => {
  it("is told from its making to its closing", async () => {
    const run = await openMetered();
    const all = (state: string) => [...statesOf("normalise-0", state), ...statesOf("ratchet-0", state)];
    expect(await samples(run, "task_state")).toEqual(all("created"));
    run.engine.start();
    await feed(run.engine, []);
    expect(await samples(run, "task_state")).toEqual(all("running"));
    await run.engine.stop();
    expect(await samples(run, "task_state")).toEqual(all("closed"));
  });
});

describe("lag", () => {
  it("is told by topic and partition, and is none once all is committed", async () => {
    const run = await openMetered({ partitions: 2 });
    await run.engine.append([
      { ...raw("{"), partition: 0 },
      { ...raw("{"), partition: 1 },
      { ...raw("{"), partition: 1 },
      { ...joined(run.engine, conversation({ eventId: "e", revision: 1, queueChange: TO_Q1 })), partition: 1 },
    ]);
    expect(await samples(run, "consumer_lag_records")).toEqual([
      '{topic="conversation-events",partition="0"} 0',
      '{topic="conversation-events",partition="1"} 1',
      '{topic="raw-events",partition="0"} 1',
      '{topic="raw-events",partition="1"} 2',
      '{topic="work-item-events",partition="0"} 0',
      '{topic="work-item-events",partition="1"} 0',
    ]);
    run.engine.start();
    await run.engine.caughtUp();
    expect((await samples(run, "consumer_lag_records")).map((line) => line.split(" ")[1])).toEqual(Array(6).fill("0"));
  });

  it("is that of the task furthest behind where several read a topic", async () => {
    const { metrics } = await openMetered();
    const task = (subTopology: string, records: number) => ({
      subTopology,
      partition: 0,
      lags: [{ topic: "events", records }],
    });
    metrics.attach({ tasks: [task("a", 2), task("b", 7), task("c", 3)], storeBytes: async () => [] });
    expect(await samples({ metrics }, "consumer_lag_records")).toEqual(['{topic="events",partition="0"} 7']);
  });
});

describe("the stores", () => {
  it("of a new folder are empty", async () => {
    const run = await openMetered({ partitions: 2 });
    const none = ['{task="ratchet-0"} 0', '{task="ratchet-1"} 0'];
    expect(await samples(run, "store_entries")).toEqual(none);
    expect(await samples(run, "diverged_conversations")).toEqual(none);
    expect(await samples(run, "store_bytes")).toEqual(none);
  });

  it("hold one diverged conversation after the founding incident", async () => {
    const run = await incident();
    expect(await samples(run, "store_entries")).toEqual(['{task="ratchet-0"} 1']);
    expect(await samples(run, "diverged_conversations")).toEqual(['{task="ratchet-0"} 1']);
  });

  it("hold the same when the folder is opened again, before anything comes in", async () => {
    const { engine } = await incident();
    await engine.stop();
    const again = await openMetered({ folder: engine.folder });
    expect(await samples(again, "store_entries")).toEqual(['{task="ratchet-0"} 1']);
    expect(await samples(again, "diverged_conversations")).toEqual(['{task="ratchet-0"} 1']);
    expect(await samples(again, "events_total")).toEqual([]);
  });

  it("take the bytes that they take on the disk", async () => {
    const { engine } = await openMetered();
    engine.start();
    const ids = Array.from({ length: 1_000 }, (_, index) => `conversation-${index}`);
    const events = ids.map((conversationId) => conversation({ conversationId, eventId: "e", revision: 1 }));
    await feed(
      engine,
      events.map((event) => joined(engine, event)),
    );
    await engine.stop();
    // RocksDB writes what it finds in its log into a file when it opens.
    const again = await openMetered({ folder: engine.folder });
    const sizeBytes = await again.engine.store("assignment-store", 0).approximateSizeBytes();
    expect(sizeBytes).toBeGreaterThan(0);
    expect(await samples(again, "store_bytes")).toEqual([`{task="ratchet-0"} ${sizeBytes}`]);
  });

  it("of a closed task are no longer told: the task may be open elsewhere", async () => {
    const { engine, metrics } = await incident();
    await engine.stop();
    expect(await samples({ metrics }, "store_entries")).toEqual([]);
    expect(await samples({ metrics }, "diverged_conversations")).toEqual([]);
  });
});

describe("restoring", () => {
  const restored = { subTopology: "ratchet", partition: 0, records: 7, durationMs: 1_500 };

  it("is told by what is left, which is nothing in the end, and how long it took", async () => {
    const run = await openMetered();
    expect(await samples(run, "restore_remaining_records")).toEqual([]);
    run.metrics.restoring("ratchet", 0, 7);
    run.metrics.restoring("ratchet", 1, 9);
    run.metrics.restoring("ratchet", 0, 3);
    expect(await samples(run, "restore_remaining_records")).toEqual(['{task="ratchet-0"} 3', '{task="ratchet-1"} 9']);
    run.metrics.restored(restored);
    expect(await samples(run, "restore_remaining_records")).toEqual(['{task="ratchet-0"} 0', '{task="ratchet-1"} 9']);
    const durations = await samples(run, "restore_duration_seconds");
    expect(durations).toEqual(
      expect.arrayContaining(["_count 1", "_sum 1.5", '_bucket{le="1"} 0', '_bucket{le="2.5"} 1']),
    );
  });

  it("of a closed task is no longer told: another instance restores it now", async () => {
    const { metrics } = await openMetered();
    metrics.restoring("ratchet", 0, 7);
    metrics.restoring("ratchet", 1, 9);
    metrics.taskMoved({ subTopology: "ratchet", partition: 0, from: "restoring", to: "closed" });
    expect(await samples({ metrics }, "restore_remaining_records")).toEqual(['{task="ratchet-1"} 9']);
  });
});

describe("rebalances", () => {
  it("are counted, whichever group it was", async () => {
    const { metrics } = await openMetered();
    expect(await samples({ metrics }, "rebalances_total")).toEqual(["0"]);
    metrics.rebalanced();
    metrics.rebalanced();
    expect(await samples({ metrics }, "rebalances_total")).toEqual(["2"]);
  });
});

describe("a scrape", () => {
  it("tells the rest when the stores cannot be read", async () => {
    const { engine, metrics } = await incident();
    await engine.stop();
    await expect(engine.storeBytes()).rejects.toThrow("closed");
    const text = await metrics.registry.metrics();
    expect(text).toContain('queue_ratchet_assignments_emitted_total{source="kustomer"} 4');
    expect(await samples({ metrics }, "store_bytes")).toEqual([]);
  });
});
