/**
 * Verifies the checksums of table files, where RocksDB does not. The binding's iterators read blocks unverified, and RocksDB reads
 * a table's properties and list of blocks so. The binding is built with assertions: of 5,318 flipped bits in a table, 51 ended the
 * process (SIGABRT), and most of those in entries gave other keys and values without a word. With these checks none of 7,390 did.
 * `getMany` and RocksDB's own merging verify.
 *
 * What is left: bytes that change after they were verified here, in the same process, and are read from the disk again. Those can
 * still end it; the next start then names the file when it reads of it.
 */
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { MalformedBytesError } from "./byte-reader.js";
import { CorruptStoreError, type StorageError, storageError } from "./errors.js";
import { type TableName, tablesOfManifest } from "./manifest.js";
import { readFully } from "./read-fully.js";
import {
  type BlockHandle,
  checkBlock,
  FOOTER_BYTES,
  type Footer,
  handlesOfIndex,
  handlesOfMetaIndex,
  readFooter,
  TRAILER_BYTES,
  unpackBlock,
} from "./table-blocks.js";

/** What is read at a time, and checked between two turns of the event loop. */
const CHUNK_BYTES = 1024 * 1024;
const MAX_TRIES = 10;

/**
 * Of each table that belongs to the database: its footer, its index, its properties and its filter, which is all that RocksDB reads
 * when it opens it. Before RocksDB does.
 * @throws CorruptStoreError naming the file
 */
export async function checkTableStructures(folder: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    const tables = await tablesOfManifest(folder);
    try {
      await checkStructuresOf(folder, tables);
      return;
    } catch (error) {
      // Whoever has the database open merges and removes tables. That it is open is then RocksDB's to say.
      const isInUse = !isDeepStrictEqual(tables, await tablesOfManifest(folder));
      if (!isInUse || tries === MAX_TRIES) throw error;
    }
  }
}

async function checkStructuresOf(folder: string, tables: readonly TableName[]): Promise<void> {
  for (const table of tables) {
    await withTable(folder, table, async (file) => {
      await file.checkStructure();
    });
  }
}

/** All of a table, to the byte. @throws CorruptStoreError naming the file */
export async function checkTable(folder: string, table: TableName): Promise<void> {
  await withTable(folder, table, async (file) => {
    const { footer, metaBlocks } = await file.checkStructure();
    await file.checkData(footer, metaBlocks);
  });
}

async function withTable(folder: string, table: TableName, check: (file: TableFile) => Promise<void>): Promise<void> {
  const path = join(folder, `${String(table.number).padStart(6, "0")}.sst`);
  let handle: FileHandle | null = null;
  try {
    handle = await open(path);
    await check(new TableFile(handle, table.sizeBytes));
  } catch (error) {
    throw tableError(error, folder, path);
  } finally {
    await handle?.close();
  }
}

function tableError(cause: unknown, folder: string, path: string): StorageError {
  if (!(cause instanceof MalformedBytesError)) return storageError(cause, folder);
  return new CorruptStoreError(folder, `a table was changed after it had been written: ${cause.message}`, path, {
    cause,
  });
}

interface Structure {
  readonly footer: Footer;
  readonly metaBlocks: readonly BlockHandle[];
}

class TableFile {
  constructor(
    private readonly handle: FileHandle,
    private readonly sizeBytes: number,
  ) {}

  async checkStructure(): Promise<Structure> {
    const { size } = await this.handle.stat();
    if (size !== this.sizeBytes) throw new MalformedBytesError(`it has ${size} bytes, and had ${this.sizeBytes}`);
    const footer = readFooter(await this.bytes(Math.max(0, this.sizeBytes - FOOTER_BYTES), FOOTER_BYTES));
    const metaBlocks = handlesOfMetaIndex(unpackBlock(await this.block(footer.metaIndex)));
    for (const handle of metaBlocks) await this.block(handle);
    await this.block(footer.index);
    return { footer, metaBlocks };
  }

  /** The blocks must lie side by side from the first byte to the footer: then there is no byte that nobody has checked. */
  async checkData(footer: Footer, metaBlocks: readonly BlockHandle[]): Promise<void> {
    const data = handlesOfIndex(unpackBlock(await this.block(footer.index)));
    checkTiling([...data, ...metaBlocks, footer.index, footer.metaIndex], this.sizeBytes - FOOTER_BYTES);
    for (let first = 0; first < data.length; ) {
      const end = endOfChunk(data, first);
      await this.checkRun(data.slice(first, end));
      first = end;
    }
  }

  private async checkRun(run: readonly BlockHandle[]): Promise<void> {
    const start = run[0]?.offset ?? 0;
    const bytes = await this.bytes(start, endOf(run.at(-1)) - start);
    for (const block of run) checkBlock(bytes.subarray(block.offset - start, endOf(block) - start), block.offset);
  }

  private async block(handle: BlockHandle): Promise<Buffer> {
    const bytes = await this.bytes(handle.offset, handle.size + TRAILER_BYTES);
    checkBlock(bytes, handle.offset);
    return bytes;
  }

  private async bytes(at: number, length: number): Promise<Buffer> {
    if (at + length > this.sizeBytes)
      throw new MalformedBytesError(`a block would reach beyond its end, from byte ${at}`);
    const bytes = Buffer.allocUnsafe(length);
    const bytesRead = await readFully(this.handle, bytes, at);
    if (bytesRead < length) throw new MalformedBytesError(`it ends at byte ${at + bytesRead}`);
    return bytes;
  }
}

function checkTiling(blocks: readonly BlockHandle[], sizeBytes: number): void {
  let at = 0;
  for (const block of blocks.toSorted((a, b) => a.offset - b.offset)) {
    if (block.offset !== at) throw new MalformedBytesError(`no block begins at byte ${at}`);
    at = endOf(block);
  }
  if (at !== sizeBytes) throw new MalformedBytesError(`its blocks end at byte ${at}`);
}

function endOfChunk(blocks: readonly BlockHandle[], first: number): number {
  const start = blocks[first]?.offset ?? 0;
  let end = first + 1;
  while (end < blocks.length && endOf(blocks[end]) - start <= CHUNK_BYTES) end += 1;
  return end;
}

function endOf(block: BlockHandle | undefined): number {
  return block === undefined ? 0 : block.offset + block.size + TRAILER_BYTES;
}
