/** The parts of a migration that need no broker: rows kept by the new partitions, and an application that must be quiet. */
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { describe, expect, it, onTestFinished } from "vitest";
import { carriedRows } from "../../../cli/migrate/carried-rows.js";
import { RowSpool } from "../../../cli/migrate/row-spool.js";
import { MigrationSource } from "../../../cli/migrate/source.js";
import type { LiveApplication } from "../../../runtime/live/index.js";
import { partitionFor } from "../../../runtime/records/index.js";
import { encodeText } from "../../../runtime/task/index.js";
import { type AssignmentRow, assignmentRowCodec } from "../../../schemas/index.js";
import { startEmbedded } from "../../runtime/live/embedded-host.js";
import { eventOf, recordOf } from "../../runtime/live/events.js";

const PARTITIONS = 5;

async function newSpool(): Promise<RowSpool> {
  const spool = await RowSpool.open(PARTITIONS);
  onTestFinished(() => spool.close());
  return spool;
}

/** @param queue what the assignment says; the source's record says q1 */
function row(queue: string, sequence = 1): Uint8Array {
  const version = { basis: 1, kind: 0, workItemNumber: 0, workItemRevision: 0, eventId: "e" };
  const value: AssignmentRow = {
    sequence,
    assignment: { type: "QUEUE", id: queue },
    assignmentVersion: version,
    lifecycle: "OPEN",
    lifecycleVersion: null,
    record: { target: { type: "QUEUE", id: "q1" }, revision: 1, eventId: "e" },
    workItems: [],
    lastEmission: null,
    firstInput: { conversationOffset: 4, workItemOffset: null, rawOffset: 9 },
  };
  return Uint8Array.from(assignmentRowCodec.encode(value));
}

async function carried(spool: RowSpool) {
  const rows: Record<string, AssignmentRow> = {};
  const counters: Record<string, number>[] = [];
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const pages = carriedRows(spool).pages(partition);
    for (;;) {
      const { done, value } = await pages.next();
      if (done) {
        counters.push(Object.fromEntries(value.map(({ name, count }) => [name, count])));
        break;
      }
      for (const one of value) {
        expect(partitionFor(encodeText(one.key), PARTITIONS)).toBe(partition);
        rows[one.key] = assignmentRowCodec.decode(one.row);
      }
    }
  }
  return { rows, counters };
}

describe("rows on their way", () => {
  it("are the last ones of their keys, without those that were removed, and without offsets of what is left behind", async () => {
    const spool = await newSpool();
    await spool.add([
      { key: "a", row: row("q1", 1) },
      { key: "b", row: row("q1") },
      { key: "a", row: row("q2", 2) },
    ]);
    await spool.add([
      { key: "b", row: null },
      { key: "c", row: row("q3") },
    ]);
    const { rows } = await carried(spool);
    expect(Object.keys(rows).toSorted()).toEqual(["a", "c"]);
    expect(rows.a).toMatchObject({ sequence: 2, assignment: { id: "q2" }, firstInput: null });
  });

  it("are counted for each of the new partitions, also more than a page of them", async () => {
    const spool = await newSpool();
    const all = Array.from({ length: 11_000 }, (_, one) => ({ key: `k${one}`, row: row(one % 4 === 0 ? "q2" : "q1") }));
    await spool.add(all);
    const { counters, rows } = await carried(spool);
    expect(Object.keys(rows)).toHaveLength(all.length);
    for (const [partition, found] of counters.entries()) {
      const own = all.filter(({ key }) => partitionFor(encodeText(key), PARTITIONS) === partition);
      const diverged = own.filter(({ key }) => Number(key.slice(1)) % 4 === 0).length;
      expect(found).toEqual({ "assignment-store.entries": own.length, diverged });
    }
  });

  it("that cannot be read are named", async () => {
    const spool = await newSpool();
    await spool.add([{ key: "a\u001b", row: Uint8Array.of(99, 1) }]);
    await expect(carried(spool)).rejects.toThrow("the row of a\\u{1b}: AssignmentRow: unknown version 99");
  });

  it("leave nothing on the disk", async () => {
    const folders = async () => (await readdir(tmpdir())).filter((name) => name.startsWith("queue-ratchet-migrate-"));
    const before = new Set(await folders());
    const spool = await RowSpool.open(1);
    await spool.add([{ key: "a", row: row("q1") }]);
    const made = (await folders()).filter((name) => !before.has(name));
    expect(made.length).toBeGreaterThanOrEqual(1);
    await spool.close();
    expect((await folders()).filter((name) => made.includes(name)).length).toBeLessThan(made.length);
  });
});

describe("the application that is left", () => {
  it("must get nothing while its state is carried over", async () => {
    const host = await startEmbedded();
    onTestFinished(() => host.close());
    await host.engine.append([recordOf(host, eventOf(1, 1), 1)]);
    await host.engine.caughtUp();
    const source = new MigrationSource(host.live, { applicationId: "queue-ratchet", topicPrefix: "t." });
    expect(source.partitions).toBe(3);
    let read = 0;
    await source.readInto(await newSpool(), (rows) => {
      read = rows;
    });
    expect(read).toBe(1);
    await source.mustBeQuiet();
    await host.engine.append([recordOf(host, eventOf(1, 2), 2)]);
    await host.engine.caughtUp();
    await expect(source.mustBeQuiet()).rejects.toThrow(/records have come to t\.conversation-events-\d/);
  });

  it("may have topics that end with something else than a record, but no record that waits", async () => {
    const reads: number[] = [];
    const live = (ends: number, record: number | null): LiveApplication => ({
      log: {
        startOffset: async () => 0,
        endOffset: async (topic) => (topic === "conversation-events" ? ends : 0),
        offsetAt: async () => 0,
        read: async (topic, partition, from) => {
          reads.push(from);
          const records =
            record !== null && record >= from
              ? [{ topic, partition, offset: record, timestamp: 1, key: null, value: null, headers: [] }]
              : [];
          return { records, nextOffset: ends };
        },
      },
      partitionsOf: () => 1,
      state: async () => ({
        rows: async function* () {},
        positions: {
          checkpoint: 1,
          positions: [{ topic: "conversation-events", partition: 0, offset: 7 }],
          counters: [],
        },
      }),
      rawPosition: async () => null,
      close: async () => undefined,
    });
    const settings = { applicationId: "a", topicPrefix: "" };
    // The end of a transaction.
    await new MigrationSource(live(8, null), settings).readInto(await newSpool(), () => undefined);
    expect(reads).toEqual([7]);
    await expect(new MigrationSource(live(9, 7), settings).readInto(await newSpool(), () => undefined)).rejects.toThrow(
      "1 record of conversation-events-0 from offset 7 on is not processed yet",
    );
  });
});
