/**
 * What the writing child commits. Each client makes numbered commits, one after the other, beside the other clients. Commit n of a
 * client appends n % 4 + 1 records to "events", one to "latest" and one to "short", writes one row, and says that the client's
 * position is n + 1.
 */
import type { CommitRequest, EmbeddedStorage } from "../../../../runtime/embedded/index.js";

export const CLIENTS = 3;
const CLIENT_TASK = "writer";
export const STORE = "commits";

/** The number of a client's next commit. */
export function nextCommit(storage: EmbeddedStorage, client: number): number {
  return storage.positions(CLIENT_TASK, client)?.positions[0]?.offset ?? 0;
}

export function commitOf(client: number, number: number): CommitRequest {
  const id = `${client}-${number}`;
  const record = (topic: string, key: string, value: string) => ({
    topic,
    timestamp: 1_700_000_000_000 + number,
    key: Buffer.from(key),
    value: Buffer.from(value),
    headers: [{ key: "id", value: Buffer.from(id) }],
  });
  const count = (number % 4) + 1;
  const events = Array.from({ length: count }, (_, index) =>
    record("events", `${id}/${index}`, `${id} ${index}/${count}`),
  );
  return {
    outputs: [...events, record("latest", `client-${client}`, id), record("short", id, id.padEnd(100, "."))],
    rows: [{ store: STORE, partition: client, rows: [{ key: id, value: Buffer.from(`row ${id}`) }] }],
    positions: {
      subTopology: CLIENT_TASK,
      partition: client,
      positions: [{ topic: "input", partition: client, offset: number + 1 }],
    },
  };
}
