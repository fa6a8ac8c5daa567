/**
 * Reads RocksDB's write-ahead logs before RocksDB does, and finds records that were damaged after they had been written.
 *
 * RocksDB itself is no judge of that here: the binding opens with `paranoid_checks=false`, under which a record with a wrong
 * checksum is passed over without a word.
 */
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { CorruptStoreError, storageError } from "./errors.js";
import { FIRST, FRAGMENT_HEADER_BYTES, FULL, LAST, LOG_BLOCK_BYTES, readFragment } from "./log-records.js";
import { readFully } from "./read-fully.js";

const CHUNK_BYTES = 32 * LOG_BLOCK_BYTES;

export interface WalContents {
  /** Write batches that begin in the logs: what a start replays. */
  readonly batches: number;
  readonly sizeBytes: number;
}

/**
 * Every write here is synced before the next begins. So a damaged or unfinished record that another one follows was whole once:
 * that is damage. At the very end of a log it may be the write that a crash interrupted (and a log that a recovery has read
 * can come back after a power failure, its removal not being synced): whether anything acknowledged is missing there, the
 * checkpoint numbers tell.
 * @param folder RocksDB's; nobody has it open. A missing one has no logs.
 * @throws CorruptStoreError naming the log and the byte
 */
export async function checkWriteAheadLogs(folder: string): Promise<WalContents> {
  let batches = 0;
  let sizeBytes = 0;
  for (const file of await logFiles(folder)) {
    const log = new LogCheck(folder, file);
    await log.run();
    batches += log.batches;
    sizeBytes += log.sizeBytes;
  }
  return { batches, sizeBytes };
}

async function logFiles(folder: string): Promise<string[]> {
  try {
    const names = await readdir(folder);
    return names
      .filter((name) => /^\d{6,}\.log$/.test(name))
      .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
      .map((name) => join(folder, name));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw storageError(error, folder);
  }
}

class LogCheck {
  batches = 0;
  sizeBytes = 0;
  /** Where the first unfinished or damaged record is. An error as soon as another record begins after it. */
  private damage: CorruptStoreError | null = null;
  private unfinishedSince: number | null = null;

  constructor(
    private readonly folder: string,
    private readonly file: string,
  ) {}

  async run(): Promise<void> {
    const handle = await open(this.file).catch((error: unknown) => {
      throw storageError(error, this.folder);
    });
    try {
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
      for (let at = 0; ; at += CHUNK_BYTES) {
        const bytesRead = await readFully(handle, chunk, at);
        for (let block = 0; block < bytesRead; block += LOG_BLOCK_BYTES) {
          const end = Math.min(block + LOG_BLOCK_BYTES, bytesRead);
          this.checkBlock(chunk.subarray(block, end), at + block);
        }
        this.sizeBytes += bytesRead;
        if (bytesRead < CHUNK_BYTES) break;
      }
    } finally {
      await handle.close();
    }
    if (this.unfinishedSince !== null) this.found(this.unfinishedSince, "a record ends too early");
  }

  private checkBlock(block: Buffer, blockAt: number): void {
    let at = 0;
    while (at + FRAGMENT_HEADER_BYTES <= block.length) {
      const fragment = readFragment(block, at);
      if (fragment === "unwritten") return;
      if (typeof fragment === "string") {
        // Where the next fragment begins cannot be told; but one begins with the next block.
        this.found(blockAt + at, fragment);
        return;
      }
      this.addFragment(fragment.type, blockAt + at);
      at = fragment.end;
    }
  }

  private addFragment(type: number, at: number): void {
    if (type === FULL || type === FIRST) {
      if (this.unfinishedSince !== null) this.found(this.unfinishedSince, "a record ends too early");
      if (this.damage !== null) throw this.damage;
      this.batches += 1;
      this.unfinishedSince = type === FIRST ? at : null;
    } else if (this.unfinishedSince === null) {
      this.found(at, "a record lacks its beginning");
    } else if (type === LAST) {
      this.unfinishedSince = null;
    }
  }

  private found(at: number, what: string): void {
    this.unfinishedSince = null;
    this.damage ??= new CorruptStoreError(
      this.folder,
      `its write-ahead log was changed after it had been written, at byte ${at}: ${what}`,
      this.file,
    );
  }
}
