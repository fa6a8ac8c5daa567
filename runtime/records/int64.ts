/** Big-endian 64-bit integers as JavaScript numbers. No BigInt on the way: it costs an allocation per field. */
import { type BatchPlace, UnsafeLongError } from "./errors.js";

const TWO_32 = 2 ** 32;

/** @throws UnsafeLongError beyond ±(2^53 - 1), naming `field`. */
export function readInt64(buffer: Buffer, at: number, field: string, place: BatchPlace): number {
  const value = buffer.readInt32BE(at) * TWO_32 + buffer.readUInt32BE(at + 4);
  if (!Number.isSafeInteger(value)) throw new UnsafeLongError(field, buffer.readBigInt64BE(at), place);
  return value;
}

/** `value` is a safe integer. */
export function writeInt64(buffer: Buffer, at: number, value: number): void {
  buffer.writeInt32BE(Math.floor(value / TWO_32), at);
  buffer.writeUInt32BE(value >>> 0, at + 4);
}
