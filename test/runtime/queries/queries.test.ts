/** Where a conversation is, and what was decided about it: asked of a running engine and of a folder. */
import { describe, expect, it, onTestFinished } from "vitest";
import { AssignmentQueries, InvalidKeyError, type QueriedLog } from "../../../runtime/queries/index.js";
import { conversation, Q1, Q2, TO_Q1, TO_Q2 } from "../../oracle/build.js";
import { temporaryFolder } from "../embedded/support/folders.js";
import { expireDecisions, joinedRecord, openEngine, process, queriesOf, SETTINGS } from "./running.js";

const KEY = "kustomer:t:c";
const toQ1 = conversation({ eventId: "e1", revision: 1, queueChange: TO_Q1 });
const toQ2 = conversation({ eventId: "e2", revision: 2, queueChange: TO_Q2, occurredAt: 7 });
const stale = conversation({ eventId: "e3", revision: 3, queueChange: TO_Q1, isSync: true });
const tags = (eventId: string, conversationId = "c") => conversation({ eventId, conversationId, revision: 9 });
/** In all partitions, and so in that of c too. */
const others = (count: number) => Array.from({ length: count }, (_, index) => tags(`o${index}`, `other-${index}`));

async function started(options: Parameters<typeof openEngine>[1] = {}) {
  const engine = await openEngine(await temporaryFolder(), options);
  onTestFinished(() => engine.stop());
  engine.start();
  return engine;
}

const version = (basis: number, eventId: string) => ({
  basis,
  kind: 0,
  workItemNumber: 0,
  workItemRevision: 0,
  eventId,
});
const VIEW = {
  key: KEY,
  sequence: 2,
  assignment: Q2,
  assignmentVersion: version(2, "e2"),
  lifecycle: "OPEN",
  lifecycleVersion: null,
  record: Q1,
  recordedBy: { eventId: "e3", revision: 3 },
  diverged: true,
  lastEmission: { reason: "ASSIGNED", causeEventId: "e2", previousAssignment: Q1, decidedAt: 7, emittedAt: 1 },
};

describe("an assignment", () => {
  it("is what the store says, with the event that put it there", async () => {
    const engine = await started();
    await process(engine, [toQ1, toQ2, stale]);
    expect(await queriesOf(engine).assignment(KEY)).toEqual(VIEW);
  });

  it("is that of the one conversation, wherever its partition is", async () => {
    const engine = await started();
    await process(engine, others(10));
    for (const { event } of others(10)) {
      const key = `kustomer:t:${event.conversationId}`;
      expect(await queriesOf(engine).assignment(key)).toMatchObject({ key, sequence: 0 });
    }
  });

  it("is null for a conversation that was never seen", async () => {
    const engine = await started();
    await process(engine, [toQ1]);
    expect(await queriesOf(engine).assignment("kustomer:t:c2")).toBeNull();
    expect(await queriesOf(engine).timeline("kustomer:t:c2")).toBeNull();
  });
});

describe("a timeline", () => {
  it("is the assignment with the decisions of the conversation, in their order, and of no other", async () => {
    const engine = await started();
    await process(engine, [...others(4), toQ1, ...others(4), toQ2, stale, tags("e4")]);
    const timeline = await queriesOf(engine).timeline(KEY);
    expect(timeline).toMatchObject({ key: KEY, sequence: 2, assignment: Q2, record: Q1, diverged: true });
    expect(timeline?.decisions.map(({ eventId, reason }) => [eventId, reason])).toEqual([
      ["e1", "ASSIGNED"],
      ["e2", "ASSIGNED"],
      ["e3", "STALE_REVERSE_SYNC"],
      ["e4", "NO_QUEUE_CHANGE"],
    ]);
    expect(timeline).toMatchObject({ omittedDecisions: 0, beginningExpired: false });
  });

  it("has the newest decisions, and says how many older ones there are", async () => {
    const engine = await started();
    await process(engine, [toQ1, tags("e2"), tags("e3"), tags("e4"), tags("e5")]);
    for (const maxEntries of [1, 2, 3, 5, 6]) {
      const timeline = await queriesOf(engine).timeline(KEY, { maxEntries });
      expect(timeline?.decisions.map(({ eventId }) => eventId)).toEqual(
        ["e1", "e2", "e3", "e4", "e5"].slice(-maxEntries),
      );
      expect(timeline?.omittedDecisions).toBe(Math.max(0, 5 - maxEntries));
    }
  });

  it("has at least one entry", async () => {
    const engine = await started();
    for (const maxEntries of [0, -1, 1.5, Number.NaN])
      await expect(queriesOf(engine).timeline(KEY, { maxEntries })).rejects.toThrow(RangeError);
  });

  it("is the same when the folder is only opened", async () => {
    const folder = await temporaryFolder();
    const engine = await openEngine(folder);
    engine.start();
    await process(engine, [toQ1, toQ2, stale]);
    const running = await queriesOf(engine).timeline(KEY);
    await engine.stop();
    const opened = await openEngine(folder);
    onTestFinished(() => opened.stop());
    expect(await queriesOf(opened).timeline(KEY)).toEqual(running);
    expect(await queriesOf(opened).assignment(KEY)).toEqual(VIEW);
  });

  it("says that the beginning is gone when retention has removed it", async () => {
    const folder = await temporaryFolder();
    const engine = await openEngine(folder);
    engine.start();
    await process(engine, [toQ1, ...Array.from({ length: 20 }, (_, index) => tags(`t${index}`))]);
    await engine.stop();
    await expireDecisions(folder, 1_000);
    const opened = await openEngine(folder);
    onTestFinished(() => opened.stop());
    const timeline = await queriesOf(opened).timeline(KEY);
    expect(timeline?.beginningExpired).toBe(true);
    expect(timeline?.decisions.at(-1)?.eventId).toBe("t19");
    expect(timeline?.decisions[0]?.eventId).not.toBe("e1");
    // The state is not lost with it.
    expect(timeline).toMatchObject({ assignment: Q1, sequence: 1 });
  });

  it("is read page by page, and other work has its turn between pages", async () => {
    const engine = await started();
    await process(engine, [toQ1, tags("e2"), tags("e3")]);
    let pages = 0;
    let turns = 0;
    const count = () => {
      turns += 1;
      timer = setImmediate(count);
    };
    let timer = setImmediate(count);
    const log: QueriedLog = {
      startOffset: async (topic, partition) => engine.log.startOffset(topic, partition),
      endOffset: async (topic, partition) => engine.log.endOffset(topic, partition),
      read: (topic, partition, offset) => {
        pages += 1;
        return engine.log.read(topic, partition, offset, 1);
      },
    };
    const port = { log, store: engine.store.bind(engine), codec: engine.codec.bind(engine) };
    const timeline = await new AssignmentQueries(port, SETTINGS).timeline(KEY);
    clearImmediate(timer);
    expect(timeline?.decisions).toHaveLength(3);
    expect(pages).toBe(3);
    expect(turns).toBeGreaterThanOrEqual(3);
  });

  it("goes on where the log now begins when retention was faster", async () => {
    const engine = await started();
    await process(engine, [toQ1, tags("e2"), tags("e3")]);
    let start = 0;
    const log: QueriedLog = {
      startOffset: async () => start,
      endOffset: async (topic, partition) => engine.log.endOffset(topic, partition),
      read: async (topic, partition, offset) => {
        if (offset > 0) return engine.log.read(topic, partition, offset, 1);
        start = 2;
        throw new Error("out of range");
      },
    };
    const port = { log, store: engine.store.bind(engine), codec: engine.codec.bind(engine) };
    const timeline = await new AssignmentQueries(port, SETTINGS).timeline(KEY);
    expect(timeline?.decisions.map(({ eventId }) => eventId)).toEqual(["e3"]);
    expect(timeline?.beginningExpired).toBe(true);
  });

  it("passes on what the log cannot read", async () => {
    const engine = await started();
    await process(engine, [toQ1]);
    const log: QueriedLog = {
      startOffset: async () => 0,
      endOffset: async () => 1,
      read: () => Promise.reject(new Error("damaged")),
    };
    const port = { log, store: engine.store.bind(engine), codec: engine.codec.bind(engine) };
    await expect(new AssignmentQueries(port, SETTINGS).timeline(KEY)).rejects.toThrow("damaged");
  });

  it("agrees with the assignment that it goes with, also while events arrive", async () => {
    const engine = await started();
    await process(engine, [toQ1]);
    let arrived = false;
    const log: QueriedLog = {
      startOffset: async (topic, partition) => engine.log.startOffset(topic, partition),
      endOffset: async (topic, partition) => engine.log.endOffset(topic, partition),
      read: async (topic, partition, offset) => {
        const page = await engine.log.read(topic, partition, offset);
        if (!arrived) {
          arrived = true;
          await engine.append([joinedRecord(engine, toQ2, 1)]);
          await engine.caughtUp();
        }
        return page;
      },
    };
    const port = { log, store: engine.store.bind(engine), codec: engine.codec.bind(engine) };
    const timeline = await new AssignmentQueries(port, SETTINGS).timeline(KEY);
    expect(timeline?.assignment).toEqual(Q2);
    expect(timeline?.decisions.at(-1)?.eventId).toBe("e2");
  });
});

describe("a key", () => {
  it.each(["", "kustomer", "kustomer:t", "kustomer:t:", ":t:c", "kustomer::c", "kustomer:t:\ud800"])(
    "%j is refused: it is not one of a conversation",
    async (key) => {
      const engine = await started();
      await expect(queriesOf(engine).assignment(key)).rejects.toThrow(InvalidKeyError);
      await expect(queriesOf(engine).timeline(key)).rejects.toThrow("expected <source>:<tenant>:<conversationId>");
    },
  );

  it("may have colons in the conversation's id", async () => {
    const engine = await started();
    await process(engine, [conversation({ eventId: "e", conversationId: "a:b\nc", revision: 1 })]);
    expect(await queriesOf(engine).assignment("kustomer:t:a:b\nc")).toMatchObject({ sequence: 0 });
  });
});
