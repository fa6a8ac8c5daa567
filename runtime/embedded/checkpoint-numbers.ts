/** Checkpoints are numbered densely, in the write batches themselves: a start finds out whether RocksDB has lost some. */
import { CorruptStoreError, int64, type RocksDb, readInt64, type WriteBatch } from "../rocksdb/index.js";
import type { CheckpointFile } from "./checkpoint-file.js";
import { checkpointRingKey, LAST_CHECKPOINT_KEY } from "./keys.js";

/** So many of the last numbers are kept, each under a key of its own. */
const RING_SLOTS = 65_536;
/** Checked at least, however little RocksDB had to replay. */
const MIN_CHECKED = 64;
const KEYS_PER_READ = 4_096;

export function putCheckpointNumber(batch: WriteBatch, number: number): void {
  const value = int64(number);
  batch.put(LAST_CHECKPOINT_KEY, value);
  batch.put(checkpointRingKey(number % RING_SLOTS), value);
}

/**
 * The number of the last checkpoint.
 * @param replayed how many write batches RocksDB replayed from its write-ahead logs: these it can have lost without an error,
 * also from among others (what is in its tables carries checksums).
 * @throws CorruptStoreError when numbers are missing
 */
export async function checkCheckpointNumbers(
  database: RocksDb,
  file: CheckpointFile,
  folder: string,
  replayed: number,
): Promise<number> {
  const stored = await database.get(LAST_CHECKPOINT_KEY);
  if (stored?.length !== 8)
    throw new CorruptStoreError(folder, "the number of the last checkpoint is missing from RocksDB");
  const last = readInt64(stored, 0);
  checkAgainstFile(last, file, folder);
  const checked = Math.min(last, RING_SLOTS, Math.max(MIN_CHECKED, replayed + 1));
  for (let first = last - checked + 1; first <= last; first += KEYS_PER_READ) {
    await checkRing(database, first, Math.min(last, first + KEYS_PER_READ - 1), folder);
  }
  return last;
}

function checkAgainstFile(last: number, { latest, whole }: CheckpointFile, folder: string): void {
  if (last < latest.number)
    throw new CorruptStoreError(
      folder,
      `acknowledged writes are lost: RocksDB's last checkpoint is ${last}, and ${latest.number} had been reached`,
    );
  // A crash between the two writes leaves RocksDB one ahead; one more when the newer slot of the file cannot be read.
  const ahead = last - latest.number;
  if (ahead > (whole ? 1 : 2))
    throw new CorruptStoreError(
      folder,
      `RocksDB's last checkpoint is ${last}, and the checkpoint file says ${latest.number}: they are not of the same time`,
    );
}

async function checkRing(database: RocksDb, first: number, last: number, folder: string): Promise<void> {
  const keys = Array.from({ length: last - first + 1 }, (_, index) => checkpointRingKey((first + index) % RING_SLOTS));
  const values = await database.getMany(keys);
  values.forEach((value, index) => {
    const number = first + index;
    if (value?.length === 8 && readInt64(value, 0) === number) return;
    throw new CorruptStoreError(
      folder,
      `acknowledged writes are lost: checkpoint ${number} is missing, later ones are there`,
    );
  });
}
