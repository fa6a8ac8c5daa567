/**
 * Reads from RocksDB's manifest which table files belong to the database. What a crash has left half written is in the folder too,
 * and is not to be taken for damage. Format: `VersionEdit::EncodeTo` in RocksDB 6.17, and
 * https://github.com/facebook/rocksdb/wiki/MANIFEST
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ByteReader, MalformedBytesError } from "./byte-reader.js";
import { CorruptStoreError, storageError } from "./errors.js";
import { FRAGMENT_HEADER_BYTES, FULL, LAST, LOG_BLOCK_BYTES, readFragment } from "./log-records.js";

export interface TableName {
  readonly number: number;
  readonly sizeBytes: number;
}

const TAG = {
  comparator: 1,
  logNumber: 2,
  nextFileNumber: 3,
  lastSequence: 4,
  deletedFile: 6,
  prevLogNumber: 9,
  minLogNumberToKeep: 10,
  newFile4: 103,
  columnFamily: 200,
  maxColumnFamily: 203,
  inAtomicGroup: 300,
} as const;
/** Tags with this bit may be passed over: what follows says how long it is. */
const IGNORABLE = 1 << 13;
const END_OF_FILE_FIELDS = 1;

/**
 * The tables of a database that nobody has open; none when there is no database yet.
 * @throws CorruptStoreError naming the manifest
 */
export async function tablesOfManifest(folder: string): Promise<readonly TableName[]> {
  const current = await contentsOf(folder, "CURRENT");
  // A name that is none is RocksDB's to refuse.
  const name = /^(MANIFEST-\d+)\n$/.exec(current?.toString("latin1") ?? "")?.[1];
  if (name === undefined) return [];
  const bytes = await contentsOf(folder, name);
  if (bytes === null) return [];
  const file = join(folder, name);
  try {
    const tables = new Map<number, number>();
    for (const edit of recordsOf(bytes)) applyEdit(edit, tables);
    return [...tables].map(([number, sizeBytes]) => ({ number, sizeBytes }));
  } catch (cause) {
    if (!(cause instanceof MalformedBytesError)) throw cause;
    throw new CorruptStoreError(folder, `the list of its files cannot be read: ${cause.message}`, file, { cause });
  }
}

async function contentsOf(folder: string, name: string): Promise<Buffer | null> {
  try {
    return await readFile(join(folder, name));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw storageError(error, folder);
  }
}

/** The whole records. One that the file ends in the middle of was being written when its process ended: RocksDB drops it too. */
function* recordsOf(bytes: Buffer): Generator<Buffer> {
  let parts: Buffer[] = [];
  for (let blockAt = 0; blockAt < bytes.length; blockAt += LOG_BLOCK_BYTES) {
    const block = bytes.subarray(blockAt, blockAt + LOG_BLOCK_BYTES);
    for (let at = 0; at + FRAGMENT_HEADER_BYTES <= block.length; ) {
      const fragment = readFragment(block, at);
      if (fragment === "unwritten") break;
      if (typeof fragment === "string") {
        const isUnfinished = fragment === "a record ends too early" && blockAt + block.length === bytes.length;
        if (isUnfinished) return;
        throw new MalformedBytesError(`${fragment}, at byte ${blockAt + at}`);
      }
      parts.push(fragment.data);
      at = fragment.end;
      if (fragment.type !== FULL && fragment.type !== LAST) continue;
      yield Buffer.concat(parts);
      parts = [];
    }
  }
}

/** A file that moves to another level is deleted and added in one edit: added last. */
function applyEdit(edit: Buffer, tables: Map<number, number>): void {
  const reader = new ByteReader(edit);
  const added = new Map<number, number>();
  while (!reader.isAtEnd) readField(reader, tables, added);
  for (const [number, sizeBytes] of added) tables.set(number, sizeBytes);
}

function readField(reader: ByteReader, tables: Map<number, number>, added: Map<number, number>): void {
  const tag = reader.varint();
  switch (tag) {
    case TAG.deletedFile:
      reader.varint();
      tables.delete(reader.varint());
      return;
    case TAG.newFile4:
      readNewFile(reader, added);
      return;
    case TAG.logNumber:
    case TAG.nextFileNumber:
    case TAG.lastSequence:
    case TAG.prevLogNumber:
    case TAG.minLogNumberToKeep:
    case TAG.columnFamily:
    case TAG.maxColumnFamily:
    case TAG.inAtomicGroup:
      reader.varint();
      return;
    default:
      if (tag !== TAG.comparator && (tag & IGNORABLE) === 0)
        throw new MalformedBytesError(`entries of kind ${tag} are unknown`);
      reader.prefixedSlice();
  }
}

/** Level, number, size, first and last key, first and last sequence number, then fields with a tag each. */
function readNewFile(reader: ByteReader, added: Map<number, number>): void {
  reader.varint();
  const number = reader.varint();
  added.set(number, reader.varint());
  reader.prefixedSlice();
  reader.prefixedSlice();
  reader.varint();
  reader.varint();
  while (reader.varint() !== END_OF_FILE_FIELDS) reader.prefixedSlice();
}
