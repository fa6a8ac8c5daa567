/**
 * Removes the state of a data folder: all rows, and where the tasks stand. The topics keep their records, so that the next start
 * processes them again from the first that is there.
 *
 * In one write the positions go and a mark comes; then the rows go, some at a time; then the mark. A crash in between leaves the
 * mark, and whoever opens the folder next finishes it first: a half of it is never taken for a state.
 */
import type { CrashPoints } from "../crash-points.js";
import type { RocksDb } from "../rocksdb/index.js";
import { ROWS_RANGE } from "../stores/keys.js";
import type { Committer } from "./committer.js";
import { RESET_KEY } from "./keys.js";

export interface ResetPorts {
  readonly database: RocksDb;
  readonly committer: Committer;
  readonly crashPoints: CrashPoints;
}

/** Rows removed so far. */
export type ResetProgress = (rows: number) => void;

const ROWS_PER_WRITE = 1_000;
/** They are read with their values, the largest of which have some megabytes. */
const PAGE_BYTES = 8 * 1024 * 1024;
const ONGOING = Buffer.of(1);

/** @returns how many rows there were. @throws StorageError: it is not finished, and the next open of the folder does that */
export async function resetState(ports: ResetPorts, progress: ResetProgress): Promise<number> {
  const { committer, crashPoints } = ports;
  await committer.editState({
    sizeBytes: 0,
    apply(batch, positions) {
      positions.stageClear(batch);
      batch.put(RESET_KEY, ONGOING);
    },
  });
  crashPoints.hit("reset.marked");
  return removeRows(ports, progress);
}

/** Before anything of the folder is used. @throws StorageError */
export async function finishReset(ports: ResetPorts): Promise<void> {
  if ((await ports.database.get(RESET_KEY)) !== undefined) await removeRows(ports, () => {});
}

async function removeRows({ database, committer, crashPoints }: ResetPorts, progress: ResetProgress): Promise<number> {
  let removed = 0;
  let from: Buffer = ROWS_RANGE.from;
  for (;;) {
    const page = await database.range({ from, to: ROWS_RANGE.to, maxEntries: ROWS_PER_WRITE, maxBytes: PAGE_BYTES });
    const last = page.at(-1);
    if (last === undefined) break;
    const sizeBytes = page.reduce((sum, { key }) => sum + key.length, 0);
    await committer.editState({
      sizeBytes,
      apply(batch) {
        for (const { key } of page) batch.delete(key);
      },
    });
    // Not from the beginning: what was removed there would be passed by again and again.
    from = Buffer.concat([last.key, Buffer.of(0)]);
    removed += page.length;
    progress(removed);
    crashPoints.hit("reset.rows-removed");
  }
  crashPoints.hit("reset.before-unmark");
  await committer.editState({ sizeBytes: RESET_KEY.length, apply: (batch) => batch.delete(RESET_KEY) });
  return removed;
}
