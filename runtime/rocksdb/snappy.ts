/**
 * Unpacks a block that RocksDB has packed with Snappy. Format:
 * https://github.com/google/snappy/blob/main/format_description.txt
 */
import { ByteReader, MalformedBytesError } from "./byte-reader.js";

const LITERAL = 0;
/** A literal's length is in the tag below this, in so many bytes behind it from here on. */
const LONG_LITERAL = 60;
/** What unpacks to more is no block of ours. */
const MAX_BYTES = 2 ** 30;

/** @throws MalformedBytesError */
export function unpackSnappy(packed: Buffer): Buffer {
  const reader = new ByteReader(packed);
  const length = reader.varint();
  if (length > MAX_BYTES) throw new MalformedBytesError(`${length} bytes are too many for a block`);
  const into = Buffer.allocUnsafe(length);
  let at = 0;
  while (!reader.isAtEnd) {
    const tag = reader.byte();
    at = (tag & 3) === LITERAL ? copyLiteral(reader, tag >>> 2, into, at) : copyBack(reader, tag, into, at);
  }
  if (at !== length) throw new MalformedBytesError(`${at} bytes instead of ${length} were packed`);
  return into;
}

function copyLiteral(reader: ByteReader, code: number, into: Buffer, at: number): number {
  const length = 1 + (code < LONG_LITERAL ? code : littleEndian(reader, code - LONG_LITERAL + 1));
  const literal = reader.slice(length);
  checkRoom(into, at, length);
  literal.copy(into, at);
  return at + length;
}

function copyBack(reader: ByteReader, tag: number, into: Buffer, at: number): number {
  const kind = tag & 3;
  const length = kind === 1 ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1;
  const distance = kind === 1 ? ((tag >>> 5) << 8) + reader.byte() : littleEndian(reader, kind === 2 ? 2 : 4);
  checkRoom(into, at, length);
  if (distance === 0 || distance > at) throw new MalformedBytesError(`a copy begins ${distance} bytes before ${at}`);
  // Byte by byte: what is copied may overlap with where it goes, and is repeated then.
  for (let index = at; index < at + length; index++) into[index] = into[index - distance] ?? 0;
  return at + length;
}

function checkRoom(into: Buffer, at: number, length: number): void {
  if (length > into.length - at) throw new MalformedBytesError("more was packed than it says");
}

function littleEndian(reader: ByteReader, byteCount: number): number {
  let value = 0;
  for (let index = 0; index < byteCount; index++) value += reader.byte() * 2 ** (8 * index);
  return value;
}
