/** Writes are numbered densely, in the write batches themselves: a start finds out whether RocksDB has lost some. */
import { CorruptStoreError, int64, type RocksDb, readInt64, type WriteBatch } from "../rocksdb/index.js";

const LAST_NUMBER_KEY = Buffer.of(0x02);
const RING = 0x03;
/** So many of the last numbers are kept, each under a key of its own. */
const RING_SLOTS = 65_536;
/** Checked at least, however little RocksDB had to replay. */
const MIN_CHECKED = 64;
const KEYS_PER_READ = 4_096;

export function putWriteNumber(batch: WriteBatch, number: number): void {
  const value = int64(number);
  batch.put(LAST_NUMBER_KEY, value);
  batch.put(ringKey(number % RING_SLOTS), value);
}

/** The number of the last write; null when there is none. */
export async function lastWriteNumber(database: RocksDb): Promise<number | null> {
  const stored = await database.get(LAST_NUMBER_KEY);
  return stored?.length === 8 ? readInt64(stored, 0) : null;
}

/**
 * @param replayed how many write batches RocksDB replayed from its write-ahead logs: these it can have lost without an error,
 * also from among others (what is in its tables carries checksums).
 * @throws CorruptStoreError when a number up to `last` is missing
 */
export async function checkWriteNumbers(
  database: RocksDb,
  last: number,
  folder: string,
  replayed: number,
): Promise<void> {
  const checked = Math.min(last, RING_SLOTS, Math.max(MIN_CHECKED, replayed + 1));
  for (let first = last - checked + 1; first <= last; first += KEYS_PER_READ) {
    await checkRing(database, first, Math.min(last, first + KEYS_PER_READ - 1), folder);
  }
}

async function checkRing(database: RocksDb, first: number, last: number, folder: string): Promise<void> {
  const keys = Array.from({ length: last - first + 1 }, (_, index) => ringKey((first + index) % RING_SLOTS));
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

function ringKey(slot: number): Buffer {
  const key = Buffer.allocUnsafe(1 + 4);
  key[0] = RING;
  key.writeUInt32BE(slot, 1);
  return key;
}
