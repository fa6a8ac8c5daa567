/** Writes the fields of a request; large byte fields travel by reference. */
import { Buffer } from "node:buffer";
import { writeInt64 } from "../../../records/int64.js";

const FIRST_CAPACITY_BYTES = 256;

/** A chunk of the request: written here, or the caller's own bytes. */
export class RequestEncoder {
  readonly #done: Buffer[] = [];
  #bytes = Buffer.allocUnsafe(FIRST_CAPACITY_BYTES);
  /** Where the part that is not yet in `#done` begins and ends. */
  #start = 0;
  #end = 0;

  int8(value: number): void {
    this.#end = this.#room(1).writeInt8(value, this.#end);
  }

  bool(value: boolean): void {
    this.int8(value ? 1 : 0);
  }

  int16(value: number): void {
    this.#end = this.#room(2).writeInt16BE(value, this.#end);
  }

  int32(value: number): void {
    this.#end = this.#room(4).writeInt32BE(value, this.#end);
  }

  /** A safe integer. */
  int64(value: number): void {
    writeInt64(this.#room(8), this.#end, value);
    this.#end += 8;
  }

  unsignedVarint(value: number): void {
    const bytes = this.#room(5);
    let left = value >>> 0;
    while (left > 0x7f) {
      bytes[this.#end++] = (left & 0x7f) | 0x80;
      left >>>= 7;
    }
    bytes[this.#end++] = left;
  }

  /** 16 bytes. */
  uuid(value: Uint8Array): void {
    this.#copy(value);
  }

  string(value: string): void {
    this.int16(Buffer.byteLength(value));
    this.#text(value);
  }

  nullableString(value: string | null): void {
    if (value === null) this.int16(-1);
    else this.string(value);
  }

  compactString(value: string): void {
    this.unsignedVarint(Buffer.byteLength(value) + 1);
    this.#text(value);
  }

  compactNullableString(value: string | null): void {
    if (value === null) this.unsignedVarint(0);
    else this.compactString(value);
  }

  array<T>(items: readonly T[], write: (item: T) => void): void {
    this.int32(items.length);
    for (const item of items) write(item);
  }

  compactArray<T>(items: readonly T[], write: (item: T) => void): void {
    this.unsignedVarint(items.length + 1);
    for (const item of items) write(item);
  }

  /** Length and bytes. Not copied: they must not change before the request was sent. */
  bytes(value: Buffer): void {
    this.int32(value.length);
    this.#done.push(this.#bytes.subarray(this.#start, this.#end), value);
    this.#start = this.#end;
  }

  /** No tagged fields: what ends every structure of a flexible version. */
  noTags(): void {
    this.int8(0);
  }

  /** Everything that was written, in order. */
  parts(): Buffer[] {
    return [...this.#done, this.#bytes.subarray(this.#start, this.#end)];
  }

  #text(value: string): void {
    const length = Buffer.byteLength(value);
    this.#room(length).write(value, this.#end);
    this.#end += length;
  }

  #copy(value: Uint8Array): void {
    this.#room(value.length).set(value, this.#end);
    this.#end += value.length;
  }

  /** The buffer, with room for so many bytes more. What was written before stays where it is referred to from. */
  #room(bytes: number): Buffer {
    if (this.#end + bytes <= this.#bytes.length) return this.#bytes;
    const pending = this.#bytes.subarray(this.#start, this.#end);
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, pending.length + bytes));
    pending.copy(larger);
    this.#bytes = larger;
    this.#start = 0;
    this.#end = pending.length;
    return larger;
  }
}
