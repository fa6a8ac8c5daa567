/** Keys from parts: bytes that sort as their parts do. */

const TWO_32 = 2 ** 32;
const PARTITION_BYTES = 4;
const INT64_BYTES = 8;

/** @param value an integer from 0 to 2^53 - 1: its bytes sort as it does. */
export function withInt64(prefix: Buffer, value: number): Buffer {
  const key = Buffer.allocUnsafe(prefix.length + INT64_BYTES);
  prefix.copy(key);
  writeInt64(key, prefix.length, value);
  return key;
}

/** The number behind a prefix. */
export function int64Behind(prefix: Buffer, key: Buffer): number {
  return readInt64(key, prefix.length);
}

export function withText(prefix: Buffer, text: string): Buffer {
  const key = Buffer.allocUnsafe(prefix.length + Buffer.byteLength(text));
  prefix.copy(key);
  key.write(text, prefix.length);
  return key;
}

export function textBehind(prefix: Buffer, key: Buffer): string {
  return key.toString("utf8", prefix.length);
}

/** The first key after all that begin with a prefix. */
export function endOf(prefix: Buffer): Buffer {
  const end = Buffer.from(prefix);
  for (let at = end.length - 1; at >= 0; at--) {
    const byte = end[at] ?? 0;
    if (byte < 0xff) {
      end[at] = byte + 1;
      return end.subarray(0, at + 1);
    }
  }
  throw new RangeError("no key comes after these");
}

export function int64(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(INT64_BYTES);
  writeInt64(bytes, 0, value);
  return bytes;
}

/** @param value an integer within ±(2^53 - 1). */
export function writeInt64(bytes: Buffer, at: number, value: number): void {
  bytes.writeInt32BE(Math.floor(value / TWO_32), at);
  bytes.writeUInt32BE(value >>> 0, at + 4);
}

/** What {@link writeInt64} wrote. */
export function readInt64(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * TWO_32 + bytes.readUInt32BE(at + 4);
}

/** A name ends with a zero byte, which no name holds: so no name's keys lie among those of a longer one. */
export function scopedKey(prefix: number, name: string, partition: number): Buffer {
  if (name.includes("\0")) throw new RangeError(`"${name}" holds a zero byte`);
  const nameBytes = Buffer.from(name);
  const key = Buffer.alloc(1 + nameBytes.length + 1 + PARTITION_BYTES);
  key[0] = prefix;
  nameBytes.copy(key, 1);
  key.writeUInt32BE(partition, 1 + nameBytes.length + 1);
  return key;
}

/** The name and the partition of a {@link scopedKey}. */
export function parseScopedKey(key: Buffer): { readonly name: string; readonly partition: number } {
  const end = key.length - PARTITION_BYTES;
  return { name: key.toString("utf8", 1, end - 1), partition: key.readUInt32BE(end) };
}
