/**
 * The last checkpoint's number outside of RocksDB, in `<data-dir>/checkpoint`: shows when RocksDB has lost acknowledged writes.
 *
 * Two slots take turns, each in a disk page of its own, so that a torn write leaves the older one.
 */
import { randomUUID } from "node:crypto";
import { type FileHandle, open, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { crc32c } from "@node-rs/crc32";
import { CorruptStoreError, readInt64, storageError, writeInt64 } from "../rocksdb/index.js";

const NAME = "checkpoint";
const SLOT_BYTES = 4096;
const SLOTS = 2;
const MAGIC = 0x51524350; // "QRCP"
const ID_BYTES = 16;
const NUMBER_AT = 4 + ID_BYTES;
const CRC_AT = NUMBER_AT + 8;
const RECORD_BYTES = CRC_AT + 4;

interface Slot {
  readonly index: number;
  readonly folderId: string;
  readonly number: number;
}

export class CheckpointFile {
  private readonly record = Buffer.alloc(RECORD_BYTES);
  /** Never the slot that holds the latest number. */
  private nextSlot: number;

  private constructor(
    private readonly handle: FileHandle,
    private readonly folder: string,
    /** The latest readable slot when it was opened: the folder's id (a UUID), and the number. */
    readonly latest: Slot,
    /** False when one slot could not be read: then a number may have been lost, one at most. */
    readonly whole: boolean,
  ) {
    this.nextSlot = otherSlot(latest.index);
  }

  /** @returns null when there is none. @throws CorruptStoreError when none of its slots can be read. */
  static async open(folder: string): Promise<CheckpointFile | null> {
    const path = join(folder, NAME);
    try {
      const handle = await open(path, "r+").catch((error: unknown) => {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
        throw error;
      });
      if (handle === null) return null;
      try {
        const bytes = Buffer.alloc(SLOTS * SLOT_BYTES);
        await handle.read(bytes, 0, bytes.length, 0);
        return CheckpointFile.read(handle, folder, bytes);
      } catch (error) {
        await handle.close();
        throw error;
      }
    } catch (error) {
      throw storageError(error, folder);
    }
  }

  /** Makes the file of a new folder, number 0; a crash leaves all of it or nothing. */
  static async create(folder: string): Promise<CheckpointFile> {
    const path = join(folder, NAME);
    const temporary = `${path}.new`;
    const latest: Slot = { index: 0, folderId: randomUUID(), number: 0 };
    try {
      const handle = await open(temporary, "w+");
      try {
        const file = new CheckpointFile(handle, folder, latest, true);
        await handle.write(Buffer.alloc(SLOTS * SLOT_BYTES), 0, undefined, 0);
        for (let slot = 0; slot < SLOTS; slot++) await file.writeSlot(slot, 0);
        await handle.sync();
        await rename(temporary, path);
        await syncFolder(dirname(path));
        return file;
      } catch (error) {
        await handle.close();
        throw error;
      }
    } catch (error) {
      throw storageError(error, folder);
    }
  }

  /** The number is on the disk when this resolves. One call at a time. */
  async write(number: number): Promise<void> {
    try {
      await this.writeSlot(this.nextSlot, number);
      await this.handle.datasync();
      this.nextSlot = otherSlot(this.nextSlot);
    } catch (error) {
      throw storageError(error, this.folder);
    }
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  private static read(handle: FileHandle, folder: string, bytes: Buffer): CheckpointFile {
    const read = Array.from({ length: SLOTS }, (_, index) => readSlot(bytes, index));
    const slots = read.filter((slot) => slot !== null);
    const latest = slots.reduce<Slot | null>(
      (best, slot) => (best === null || slot.number > best.number ? slot : best),
      null,
    );
    if (latest === null || slots.some((slot) => slot.folderId !== latest.folderId))
      throw new CorruptStoreError(
        folder,
        "the number of the last checkpoint cannot be read, so lost writes could not be noticed",
        join(folder, NAME),
      );
    return new CheckpointFile(handle, folder, latest, slots.length === SLOTS);
  }

  private async writeSlot(slot: number, number: number): Promise<void> {
    const { record } = this;
    record.writeUInt32BE(MAGIC, 0);
    record.write(this.latest.folderId.replaceAll("-", ""), 4, "hex");
    writeInt64(record, NUMBER_AT, number);
    record.writeUInt32BE(crc32c(record.subarray(0, CRC_AT)), CRC_AT);
    await this.handle.write(record, 0, RECORD_BYTES, slot * SLOT_BYTES);
  }
}

function otherSlot(index: number): number {
  return (index + 1) % SLOTS;
}

function readSlot(bytes: Buffer, index: number): Slot | null {
  const at = index * SLOT_BYTES;
  const record = bytes.subarray(at, at + RECORD_BYTES);
  if (record.readUInt32BE(0) !== MAGIC) return null;
  if (record.readUInt32BE(CRC_AT) !== crc32c(record.subarray(0, CRC_AT))) return null;
  const hex = record.toString("hex", 4, NUMBER_AT);
  return {
    index,
    folderId: hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5"),
    number: readInt64(record, NUMBER_AT),
  };
}

/** A new name is durable only when its folder is synced. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
