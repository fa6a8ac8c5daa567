/** What must hold in the writing child's folder whenever it is opened. Node's asserts: a child process checks it too. */
import assert from "node:assert/strict";
import type { EmbeddedStorage } from "../../../../runtime/embedded/index.js";
import { CLIENTS, nextCommit, STORE } from "./commits.js";

const text = (bytes: Uint8Array | null) => Buffer.from(bytes ?? []).toString();

/** @param acknowledged by client: how many commits it was told of. */
export async function expectWholeCommits(
  storage: EmbeddedStorage,
  acknowledged: ReadonlyMap<number, number>,
): Promise<void> {
  const events = await readEvents(storage);
  const latest = await readLatest(storage);
  for (let client = 0; client < CLIENTS; client++) {
    const commits = nextCommit(storage, client);
    const promised = acknowledged.get(client) ?? 0;
    assert.ok(commits >= promised, `client ${client} has ${commits} commits, and ${promised} were acknowledged`);
    const ids = Array.from({ length: commits }, (_, number) => `${client}-${number}`);
    assert.deepEqual(await readRows(storage, client), new Set(ids));
    for (const [number, id] of ids.entries())
      assert.equal(events.get(id), (number % 4) + 1, `records of commit ${id}: ${events.get(id)}`);
    assert.equal(latest.get(`client-${client}`), ids.at(-1));
    for (const id of ids) events.delete(id);
  }
  assert.deepEqual([...events.keys()], [], "commits with records but without a position");
}

/** All records of a topic's partition, which must lie within its bounds and in order. */
export async function readAll(storage: EmbeddedStorage, topic: string, partition: number) {
  const records = [];
  const end = storage.log.endOffset(topic, partition);
  let offset = storage.log.startOffset(topic, partition);
  while (offset < end) {
    const slice = await storage.log.read(topic, partition, offset);
    for (const record of slice.records) {
      assert.ok(record.offset >= offset, `offset ${record.offset} comes after ${offset}`);
      offset = record.offset + 1;
      records.push(record);
    }
    assert.ok(slice.nextOffset >= offset, `reading goes on at ${slice.nextOffset}, before ${offset}`);
    offset = slice.nextOffset;
  }
  return records;
}

async function readEvents(storage: EmbeddedStorage): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const { partition } of storage.log.partitions().filter(({ topic }) => topic === "events")) {
    for (const { value } of await readAll(storage, "events", partition)) {
      const id = text(value).split(" ")[0] ?? "";
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
  }
  return counts;
}

async function readLatest(storage: EmbeddedStorage): Promise<Map<string, string>> {
  const latest = new Map<string, string>();
  for (const { partition } of storage.log.partitions().filter(({ topic }) => topic === "latest")) {
    for (const { key, value } of await readAll(storage, "latest", partition)) latest.set(text(key), text(value));
  }
  return latest;
}

async function readRows(storage: EmbeddedStorage, client: number): Promise<Set<string>> {
  const keys = new Set<string>();
  const store = storage.store(STORE, client);
  let after: string | null | undefined;
  while (after !== null) {
    const page = await store.page({ maxRows: 100, ...(after === undefined ? {} : { after }) });
    for (const { key, value } of page.rows) {
      assert.equal(text(value), `row ${key}`);
      keys.add(key);
    }
    after = page.after;
  }
  return keys;
}
