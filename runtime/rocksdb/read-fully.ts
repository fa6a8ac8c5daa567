/** Reads until the buffer is full or the file ends: one read may give less. */
import type { FileHandle } from "node:fs/promises";

/** @returns how many bytes there were */
export async function readFully(handle: FileHandle, into: Buffer, at: number): Promise<number> {
  let total = 0;
  while (total < into.length) {
    const { bytesRead } = await handle.read(into, total, into.length - total, at + total);
    if (bytesRead === 0) break;
    total += bytesRead;
  }
  return total;
}
