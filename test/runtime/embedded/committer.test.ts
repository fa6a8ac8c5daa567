/** The one writer: groups, bounds, failure. */
import { describe, expect, it } from "vitest";
import { CommitQueueFullError } from "../../../runtime/embedded/index.js";
import { openStorage, temporaryFolder } from "./support/folders.js";

const request = (text: string) => ({
  outputs: [{ topic: "events", partition: 0, timestamp: 1, key: null, value: Buffer.from(text), headers: [] }],
});

describe("the committer", () => {
  it("writes requests that are made together in one checkpoint, their records in the order of the requests", async () => {
    const storage = await openStorage(await temporaryFolder());
    const committed = await Promise.all(["a", "b", "c"].map((text) => storage.committer.commit(request(text))));
    expect(committed.map(({ checkpoint }) => checkpoint)).toEqual([1, 1, 1]);
    expect(committed.map(({ appended }) => appended[0]?.baseOffset)).toEqual([0, 1, 2]);
    const { records } = await storage.log.read("events", 0, 0);
    expect(records.map(({ value }) => String(value))).toEqual(["a", "b", "c"]);
  });

  it("gathers what comes while a write is under way", async () => {
    const storage = await openStorage(await temporaryFolder());
    const first = storage.committer.commit(request("first"));
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    const others = ["a", "b"].map((text) => storage.committer.commit(request(text)));
    expect((await first).checkpoint).toBe(1);
    expect((await Promise.all(others)).map(({ checkpoint }) => checkpoint)).toEqual([2, 2]);
  });

  it("takes no more into a group than its bound", async () => {
    const storage = await openStorage(await temporaryFolder(), { committer: { maxGroupBytes: 150 } });
    const committed = await Promise.all(["a", "b", "c"].map((text) => storage.committer.commit(request(text))));
    expect(committed.map(({ checkpoint }) => checkpoint)).toEqual([1, 1, 2]);
  });

  it.each([
    ["requests", { maxQueuedRequests: 2 }],
    ["bytes", { maxQueuedBytes: 100 }],
  ])("refuses more %s than may wait, or lets them wait in turn", async (_, bound) => {
    const storage = await openStorage(await temporaryFolder(), { committer: bound });
    const { committer } = storage;
    const waiting = [committer.commit(request("a")), committer.commit(request("b"))];
    expect(committer.isFull).toBe(true);
    await expect(committer.commit(request("c"))).rejects.toThrow(CommitQueueFullError);
    const inTurn = ["d", "e", "f", "g", "h"].map((text) => committer.commitWhenReady(request(text)));
    await Promise.all([...waiting, ...inTurn]);
    const { records } = await storage.log.read("events", 0, 0);
    expect(records.map(({ value }) => String(value)).join("")).toBe("abdefgh");
  });

  it("refuses what waits for room when it is closed", async () => {
    const storage = await openStorage(await temporaryFolder(), {
      committer: { maxQueuedRequests: 1 },
    });
    const { committer } = storage;
    const written = committer.commit(request("a"));
    const refused = expect(committer.commitWhenReady(request("b"))).rejects.toMatchObject({
      name: "CommitterClosedError",
    });
    await committer.close();
    await Promise.all([written, refused]);
    expect(storage.log.endOffset("events", 0)).toBe(1);
  });

  it("writes what waits when it is closed, and takes nothing after that", async () => {
    const folder = await temporaryFolder();
    const storage = await openStorage(folder);
    const waiting = storage.committer.commit(request("a"));
    const closed = storage.close();
    await expect(storage.committer.commit(request("b"))).rejects.toMatchObject({ name: "CommitterClosedError" });
    await Promise.all([waiting, closed]);
    expect((await openStorage(folder)).log.endOffset("events", 0)).toBe(1);
  });
});
