/** A task as the Kafka engine holds it: how far behind it is, what it hands over, and what it does again. */
import { describe, expect, it } from "vitest";
import { ProcessingError } from "../../../../runtime/kafka/engine-errors.js";
import { SchemaRegistryError } from "../../../../schemas/index.js";
import { ASSIGNMENT_STORE } from "../../../../topology/index.js";
import { CONVERSATIONS, PARTITION, TaskAtHand, WORK_ITEMS } from "./support/task-at-hand.js";

const MANY = 100;
const offsets = (conversations: number, workItems = 0) =>
  new Map([
    [CONVERSATIONS, conversations],
    [WORK_ITEMS, workItems],
  ]);
const place = (topic: string, offset: number) => ({ topic, partition: PARTITION, offset });

async function started(fields: Parameters<TaskAtHand["start"]>[0] = {}): Promise<TaskAtHand> {
  const at = await TaskAtHand.open();
  at.start(fields);
  return at;
}

describe("how far a task is behind", () => {
  it("is unknown, and said to be nothing, before it runs", async () => {
    const { task } = await TaskAtHand.open();
    expect([task.lag, task.doneTo(CONVERSATIONS), task.isRunning]).toEqual([0, null, false]);
  });

  it("is told by where its sources ended when it was built, while nothing has been heard", async () => {
    const { task } = await started({ offsets: offsets(10, 3), ends: offsets(15, 3) });
    expect(task.lags).toEqual([
      { topic: CONVERSATIONS, records: 5 },
      { topic: WORK_ITEMS, records: 0 },
    ]);
    expect([task.lag, task.doneTo(CONVERSATIONS)]).toEqual([5, 10]);
  });

  it("is told by what was heard last: of committed records only", async () => {
    const at = await started({ offsets: offsets(10), ends: offsets(15) });
    at.hear(40, 60);
    expect(at.task.lag).toBe(30);
  });

  it("goes down with what is committed, and not with what is only processed", async () => {
    const at = await started();
    at.hear(3);
    at.task.add(at.page([0, 1, 2]));
    expect([at.task.lag, at.task.hasInput]).toEqual([3, true]);
    expect(await at.task.process(2, 0)).toBe(2);
    expect(at.task.lag).toBe(3);
    at.commit();
    expect([at.task.lag, at.task.doneTo(CONVERSATIONS)]).toEqual([1, 2]);
    expect(await at.task.process(MANY, 0)).toBe(1);
    at.commit();
    expect([at.task.lag, at.task.hasInput]).toEqual([0, false]);
  });

  it("is nothing when only the markers of transactions lie behind the last committed record", async () => {
    const at = await started();
    at.hear(5);
    at.task.add(at.page([0, 1], 5));
    await at.task.process(MANY, 0);
    expect(at.task.lag).toBe(5);
    at.commit();
    expect([at.task.lag, at.task.doneTo(CONVERSATIONS)]).toEqual([0, 5]);
  });

  it("is nothing when markers come that no record goes before, at once", async () => {
    const at = await started();
    at.heard.set(WORK_ITEMS, { stable: 7, high: 7 });
    expect(at.task.lag).toBe(7);
    at.task.add(at.emptyPage(7));
    expect([at.task.lag, at.task.doneTo(WORK_ITEMS)]).toEqual([0, 7]);
  });

  it("counts markers only once the records before them are committed", async () => {
    const at = await started();
    at.hear(9);
    at.task.add(at.page([0, 1], 4));
    at.task.add(at.page([6], 9));
    await at.task.process(2, 0);
    at.commit();
    expect([at.task.lag, at.task.doneTo(CONVERSATIONS)]).toEqual([7, 2]);
    await at.task.process(1, 0);
    at.commit();
    expect([at.task.lag, at.task.doneTo(CONVERSATIONS)]).toEqual([0, 9]);
  });
});

describe("the next records", () => {
  it("wait for the other source while that has records which were not fetched yet, but not for ever", async () => {
    const at = await started();
    at.task.add(at.page([0]));
    at.heard.set(WORK_ITEMS, { stable: 0, high: 1 });
    expect(await at.task.process(MANY, 1_000)).toBe(0);
    expect(await at.task.process(MANY, 1_499)).toBe(0);
    expect(await at.task.process(MANY, 1_500)).toBe(1);
  });

  it("wait for what was there when the task was built, of which nothing was heard since", async () => {
    const at = await started({ ends: offsets(1, 4) });
    at.task.add(at.page([0]));
    expect(await at.task.process(MANY, 0)).toBe(0);
    at.task.add(at.emptyPage(4));
    expect(await at.task.process(MANY, 0)).toBe(1);
  });

  it("are asked for no more when enough of a source is there, and again when there is room", async () => {
    const at = await started();
    expect(at.task.isFull(CONVERSATIONS)).toBe(false);
    at.task.add(at.page([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
    expect([at.task.isFull(CONVERSATIONS), at.task.isFull(WORK_ITEMS)]).toEqual([true, false]);
    await at.task.process(MANY, 0);
    expect(at.task.isFull(CONVERSATIONS)).toBe(false);
  });

  it("are processed by the next call when the schema registry is out of reach: each once, and none before", async () => {
    const at = await started();
    const [first] = at.page([0]).records;
    const known = Buffer.from(first?.value ?? []).readInt32BE(1);
    const unknown = 77;
    at.registry.outOfReach = true;
    at.task.add(at.page([0, 1], 2, unknown));
    await expect(at.task.process(MANY, 0)).rejects.toThrow(SchemaRegistryError);
    expect([at.task.gathered.records, at.task.hasInput]).toEqual([0, true]);
    at.task.add(at.page([2], 3, known));
    await expect(at.task.process(1, 0)).rejects.toThrow(SchemaRegistryError);
    at.registry.outOfReach = false;
    expect(await at.task.process(1, 0)).toBe(2);
    expect(await at.task.process(MANY, 0)).toBe(1);
    expect(at.task.handOver().checkpoint.positions).toEqual([place(CONVERSATIONS, 3)]);
  });

  it("that a processor cannot process are named by a defect's error", async () => {
    const at = await started();
    at.task.add(at.page([4, 5]));
    const defect = new TypeError("undefined is not a row");
    at.store.getMany = () => Promise.reject(defect);
    const failed = await at.task.process(MANY, 0).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(ProcessingError);
    expect(failed).toMatchObject({ cause: defect });
    expect(String(failed)).toContain("task ratchet-2: a record at or behind conversation-events-2 offset 4");
    expect(String(failed)).toContain("undefined is not a row");
  });
});

describe("a checkpoint", () => {
  it("has the outputs, the row of each key, the counters, and the positions of all sources", async () => {
    const at = await started({ checkpoint: 6, offsets: offsets(0, 30) });
    at.task.add(at.page([0, 1]));
    await at.task.process(MANY, 0);
    const { part, checkpoint } = at.task.handOver();
    expect(part.partition).toBe(PARTITION);
    expect(part.outputs.map(({ topic }) => topic)).toEqual(Array(2).fill("queue-assignment-decisions"));
    expect(part.rows.map(({ key }) => key)).toEqual(["kustomer:t:c0", "kustomer:t:c1"]);
    expect(part.positions).toEqual({
      checkpoint: 7,
      positions: [place(CONVERSATIONS, 2), place(WORK_ITEMS, 30)],
      counters: Object.entries(checkpoint.counters).map(([name, count]) => ({ name, count })),
    });
    expect(checkpoint.counters).toMatchObject({ [`${ASSIGNMENT_STORE}.entries`]: 2 });
  });

  it("is numbered on, and never goes back: a source that stood still stays where it stood", async () => {
    const at = await started();
    at.task.add(at.page([0, 1]));
    await at.task.process(1, 0);
    expect(at.commit().part.positions).toMatchObject({ checkpoint: 1, positions: [place(CONVERSATIONS, 1), {}] });
    await at.task.process(1, 0);
    expect(at.commit().part.positions).toMatchObject({ checkpoint: 2, positions: [place(CONVERSATIONS, 2), {}] });
  });

  it("takes nothing with it that is processed while it is under way", async () => {
    const at = await started();
    at.task.add(at.page([0, 1]));
    await at.task.process(1, 0);
    const handedOver = at.task.handOver();
    await at.task.process(1, 0);
    expect(handedOver.part.positions.positions).toContainEqual(place(CONVERSATIONS, 1));
    at.task.committed(handedOver);
    expect(at.task.doneTo(CONVERSATIONS)).toBe(1);
    expect(at.task.gathered.records).toBe(1);
  });
});

describe("a task that is suspended", () => {
  it("has forgotten everything that is not durable, and begins anew where it is told to", async () => {
    const at = await started();
    at.task.add(at.page([0, 1, 2]));
    await at.task.process(2, 0);
    at.task.handOver();
    at.task.suspend();
    expect([at.task.state, at.task.lag, at.task.hasInput, at.task.gathered.records]).toEqual([
      "suspended",
      0,
      false,
      0,
    ]);
    expect(() => at.task.add(at.page([0]))).toThrow("task ratchet-2 does not read conversation-events now");
    expect(() => at.task.handOver()).toThrow("task ratchet-2 is not running");
    at.start({ checkpoint: 9, offsets: offsets(1) });
    at.task.add(at.page([1]));
    await at.task.process(MANY, 0);
    const { positions } = at.task.handOver().part;
    expect([positions.checkpoint, positions.positions[0]?.offset]).toEqual([10, 2]);
    expect(at.moves).toEqual([
      "created restoring",
      "restoring running",
      "running suspended",
      "suspended restoring",
      "restoring running",
    ]);
  });

  it("may be suspended and closed again, whatever its state", async () => {
    const { task, moves } = await TaskAtHand.open();
    task.suspend();
    task.close();
    task.close();
    expect(moves).toEqual(["created closed"]);
  });
});
