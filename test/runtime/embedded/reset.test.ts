/** A reset takes all rows and positions and nothing else, and one that is killed is finished by whoever opens the folder next. */
import { describe, expect, it } from "vitest";
import { RESET_CRASH_POINTS } from "../../../runtime/crash-points.js";
import type { EmbeddedStorage } from "../../../runtime/embedded/index.js";
import { openStorage, temporaryFolder } from "./support/folders.js";

const TOPIC = "events";
const STORE = "store";
const ROWS = 2_500;
const PLACES = RESET_CRASH_POINTS.slice(0, 3);

/** Stands for the process that dies. */
class Killed extends Error {}

async function withState(folder: string): Promise<void> {
  const storage = await openStorage(folder);
  for (const partition of [0, 1]) {
    const rows = Array.from({ length: ROWS }, (_, index) => ({ key: `row ${index}`, value: Buffer.from("value") }));
    await storage.committer.commit({
      outputs: [{ topic: TOPIC, partition, timestamp: 1, key: null, value: Buffer.from("kept"), headers: [] }],
      rows: [{ store: STORE, partition, rows }],
      positions: {
        subTopology: "task",
        partition,
        positions: [{ topic: TOPIC, partition, offset: 1 }],
        counters: { rows: ROWS },
      },
    });
  }
  await storage.close();
}

async function stateOf(storage: EmbeddedStorage) {
  const { rows: first } = await storage.store(STORE, 0).page({ maxRows: 10 });
  const { rows: second } = await storage.store(STORE, 1).page({ maxRows: 10 });
  return { rows: [...first, ...second], tasks: storage.tasks, positions: storage.positions("task", 1) };
}

const NOTHING = { rows: [], tasks: [], positions: null };

describe("a reset", () => {
  it("takes all rows and positions, keeps the records, and the numbers of checkpoints go on", async () => {
    const folder = await temporaryFolder();
    await withState(folder);
    const storage = await openStorage(folder);
    const before = storage.committer.checkpoint;
    const progress: number[] = [];
    expect(await storage.reset((rows) => progress.push(rows))).toBe(2 * ROWS);
    expect(progress).toEqual([1_000, 2_000, 3_000, 4_000, 5_000]);
    expect(await stateOf(storage)).toEqual(NOTHING);
    // The mark with the positions, the rows, the mark's end.
    expect(storage.committer.checkpoint).toBe(before + 1 + progress.length + 1);
    expect(storage.log.endOffset(TOPIC, 1)).toBe(1);
    await storage.close();
    const next = await openStorage(folder);
    expect(await stateOf(next)).toEqual(NOTHING);
    expect(next.committer.checkpoint).toBe(storage.committer.checkpoint);
    expect((await next.log.read(TOPIC, 0, 0, 1_000)).records).toHaveLength(1);
  });

  it("of a folder without state is none", async () => {
    const storage = await openStorage(await temporaryFolder());
    expect(await storage.reset(() => {})).toBe(0);
    expect(await stateOf(storage)).toEqual(NOTHING);
  });

  it.each([...PLACES.map((label) => [label, 1] as const), ["reset.rows-removed", 3] as const])(
    "that ends at %s (%i) is finished by the next open",
    async (label, nth) => {
      const folder = await temporaryFolder();
      await withState(folder);
      let left = nth;
      const crashPoints = {
        hit(point: string) {
          if (point !== label) return;
          left -= 1;
          if (left === 0) throw new Killed();
        },
      };
      const dying = await openStorage(folder, { crashPoints });
      await expect(dying.reset(() => {})).rejects.toThrow(Killed);
      await dying.close();
      const next = await openStorage(folder);
      expect(await stateOf(next)).toEqual(NOTHING);
      // Finished: what is written from now on is state.
      await next.committer.commit({
        rows: [{ store: STORE, partition: 0, rows: [{ key: "new", value: Buffer.from("row") }] }],
      });
      await next.close();
      const later = await openStorage(folder);
      expect((await stateOf(later)).rows).toMatchObject([{ key: "new" }]);
    },
  );

  it("that dies while it is being finished is finished by the one after", async () => {
    const folder = await temporaryFolder();
    await withState(folder);
    const dieAt = (label: string) => ({
      hit(point: string) {
        if (point === label) throw new Killed();
      },
    });
    const dying = await openStorage(folder, { crashPoints: dieAt("reset.marked") });
    await expect(dying.reset(() => {})).rejects.toThrow(Killed);
    await dying.close();
    await expect(openStorage(folder, { crashPoints: dieAt("reset.rows-removed") })).rejects.toThrow(Killed);
    expect(await stateOf(await openStorage(folder))).toEqual(NOTHING);
  });
});
