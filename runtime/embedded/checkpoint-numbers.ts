/** The number of the last checkpoint, as RocksDB and the file beside it know it. */
import { CorruptStoreError, type RocksDb } from "../rocksdb/index.js";
import { checkWriteNumbers, lastWriteNumber } from "../stores/write-numbers.js";
import type { CheckpointFile } from "./checkpoint-file.js";

/**
 * The number of the last checkpoint.
 * @param replayed see checkWriteNumbers
 * @throws CorruptStoreError when numbers are missing
 */
export async function checkCheckpointNumbers(
  database: RocksDb,
  file: CheckpointFile,
  folder: string,
  replayed: number,
): Promise<number> {
  const last = await lastWriteNumber(database);
  if (last === null) throw new CorruptStoreError(folder, "the number of the last checkpoint is missing from RocksDB");
  checkAgainstFile(last, file, folder);
  await checkWriteNumbers(database, last, folder, replayed);
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
