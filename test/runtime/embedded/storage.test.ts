/** What is committed is there, also after the folder has been closed and opened. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type CommitRequest, InvalidCommitError, UnknownPartitionError } from "../../../runtime/embedded/index.js";
import { partitionFor } from "../../../runtime/records/index.js";
import { openStorage, temporaryFolder } from "./support/folders.js";
import { PARTITIONS } from "./support/settings.js";
import { readAll } from "./support/workload.js";

const bytes = (text: string) => Buffer.from(text);
const record = (key: string | null, value: string | null, more: object = {}) => ({
  topic: "events",
  timestamp: 1_000,
  key: key === null ? null : bytes(key),
  value: value === null ? null : bytes(value),
  headers: [],
  ...more,
});

describe("a commit", () => {
  it("keeps records, rows and positions over a close and an open", async () => {
    const folder = await temporaryFolder();
    const first = await openStorage(folder);
    const headers = [
      { key: "received-at", value: bytes("1700000000000") },
      { key: "none", value: null },
    ];
    const key = "kustomer:t:c1";
    const partition = partitionFor(bytes(key), PARTITIONS);
    const committed = await first.committer.commit({
      outputs: [record(key, "one", { headers }), record(key, null, { timestamp: 999 })],
      // A Uint8Array that is no Buffer: the binding would store it as text.
      rows: [{ store: "rows", partition, rows: [{ key, value: new Uint8Array([0, 1, 255]) }] }],
      positions: { subTopology: "ratchet", partition, positions: [{ topic: "in", partition, offset: 7 }] },
    });
    expect(committed).toEqual({
      checkpoint: 1,
      appended: [{ topic: "events", partition, baseOffset: 0, count: 2 }],
    });
    await first.close();

    const storage = await openStorage(folder);
    expect(storage.folderId).toBe(first.folderId);
    expect(await readAll(storage, "events", partition)).toEqual([
      { topic: "events", partition, offset: 0, timestamp: 1_000, key: bytes(key), value: bytes("one"), headers },
      { topic: "events", partition, offset: 1, timestamp: 999, key: bytes(key), value: null, headers: [] },
    ]);
    expect(await storage.store("rows", partition).getMany(["other", key])).toEqual([undefined, Buffer.of(0, 1, 255)]);
    expect(storage.positions("ratchet", partition)).toEqual({
      checkpoint: 1,
      positions: [{ topic: "in", partition, offset: 7 }],
      counters: [],
    });
    expect(storage.positions("ratchet", partition + 1)).toBeNull();
    expect(storage.committer.checkpoint).toBe(1);
  });

  it("puts keyless records into partition 0, and others where they are told to go", async () => {
    const storage = await openStorage(await temporaryFolder());
    await storage.committer.commit({ outputs: [record(null, "keyless"), record("control", "2", { partition: 2 })] });
    expect(storage.log.endOffset("events", 0)).toBe(1);
    expect(storage.log.endOffset("events", 2)).toBe(1);
  });

  it("keeps the positions of topics that it does not name", async () => {
    const storage = await openStorage(await temporaryFolder());
    const at = (topic: string, offset: number) => ({
      positions: { subTopology: "ratchet", partition: 1, positions: [{ topic, partition: 1, offset }] },
    });
    await Promise.all([storage.committer.commit(at("a", 1)), storage.committer.commit(at("b", 2))]);
    await storage.committer.commit(at("a", 3));
    expect(storage.positions("ratchet", 1)?.positions).toEqual([
      { topic: "a", partition: 1, offset: 3 },
      { topic: "b", partition: 1, offset: 2 },
    ]);
  });

  it.each<[string, CommitRequest, new (...args: never[]) => Error]>([
    ["an unknown topic", { outputs: [record("k", "v", { topic: "nowhere" })] }, UnknownPartitionError],
    ["an unknown partition", { outputs: [record("k", "v", { partition: PARTITIONS })] }, UnknownPartitionError],
    ["a time that is none", { outputs: [record("k", "v", { timestamp: 1.5 })] }, InvalidCommitError],
    ["a compacted topic without a key", { outputs: [record(null, "v", { topic: "latest" })] }, InvalidCommitError],
  ])("to %s is refused, and others are not affected", async (_, request, error) => {
    const storage = await openStorage(await temporaryFolder());
    const refused = storage.committer.commit(request);
    const accepted = storage.committer.commit({ outputs: [record("k", "v")] });
    await expect(refused).rejects.toThrow(error);
    expect((await accepted).checkpoint).toBe(1);
  });

  it("tells of new records when they can be read", async () => {
    const told: string[] = [];
    const storage = await openStorage(await temporaryFolder(), {
      onAppended: (topic, partition, endOffset) => told.push(`${topic} ${partition} ${endOffset}`),
    });
    await storage.committer.commit({
      outputs: [record("k", "v", { partition: 1 }), record("k", "v", { partition: 1 })],
    });
    expect(told).toEqual(["events 1 2"]);
  });
});

describe("rows", () => {
  it("are listed in pages, in the order of their keys' bytes, of one store and partition only", async () => {
    const storage = await openStorage(await temporaryFolder());
    const keys = ["a", "a\u0000b", "b", "é", "z"];
    const rows = (store: string, partition: number, names: readonly string[]) => ({
      store,
      partition,
      rows: names.map((key) => ({ key, value: bytes(`${store} ${key}`) })),
    });
    await storage.committer.commit({ rows: [rows("s", 0, keys), rows("s", 1, ["q"]), rows("sz", 0, ["q"])] });
    const store = storage.store("s", 0);
    const first = await store.page({ maxRows: 3 });
    expect(first).toMatchObject({ rows: [{ key: "a" }, { key: "a\u0000b" }, { key: "b" }], after: "b" });
    const second = await store.page({ maxRows: 3, after: "b" });
    expect(second).toMatchObject({ rows: [{ key: "z" }, { key: "é" }], after: null });
  });
});

describe("a folder of other settings", () => {
  it.each([
    ["applicationId", { applicationId: "other" }, /belongs to the application "test", not to "other"/],
    ["partitions", { partitions: 4 }, /made with 3 partitions, not 4/],
    ["topicPrefix", { topicPrefix: "eu." }, /topics begin with "", not with "eu."/],
  ])("is refused for another %s", async (field, options, message) => {
    const folder = await temporaryFolder();
    await (await openStorage(folder)).close();
    await expect(openStorage(folder, options)).rejects.toMatchObject({
      name: "FolderIdentityError",
      field,
      message: expect.stringMatching(message),
    });
    await openStorage(folder);
  });
});

describe("a folder with a part missing", () => {
  it.each([
    ["db", /does not exist/],
    ["checkpoint", /number of the last checkpoint is missing/],
  ])("%s is refused once it holds data", async (part, message) => {
    const folder = await temporaryFolder();
    const storage = await openStorage(folder);
    await storage.committer.commit({ outputs: [record("k", "v")] });
    await storage.close();
    await rm(join(folder, part), { recursive: true });
    await expect(openStorage(folder)).rejects.toMatchObject({
      name: "CorruptStoreError",
      message: expect.stringMatching(message),
    });
  });
});
