/** Reads the fields of a response within its bounds: a length that does not fit is an error, never a read beyond. */
import type { Buffer } from "node:buffer";
import { readInt64 } from "../../../records/int64.js";
import { ProtocolError } from "../errors.js";

const NO_PLACE = { position: 0 };

export class ResponseDecoder {
  readonly #bytes: Buffer;
  /** For errors: what is being read. */
  readonly #what: string;
  #at = 0;

  constructor(bytes: Buffer, what: string) {
    this.#bytes = bytes;
    this.#what = what;
  }

  int8(): number {
    return this.#bytes.readInt8(this.#skip(1));
  }

  bool(): boolean {
    return this.int8() !== 0;
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#skip(2));
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#skip(4));
  }

  /** @throws UnsafeLongError beyond ±(2^53 - 1) */
  int64(): number {
    return readInt64(this.#bytes, this.#skip(8), this.#what, NO_PLACE);
  }

  unsignedVarint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#bytes[this.#skip(1)] as number;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw this.#broken("has a varint of more than 5 bytes");
  }

  /** 16 bytes, as lower-case hexadecimal. */
  uuid(): string {
    const at = this.#skip(16);
    return this.#bytes.toString("hex", at, at + 16);
  }

  string(): string {
    const value = this.nullableString();
    if (value === null) throw this.#broken("has no string where one must be");
    return value;
  }

  nullableString(): string | null {
    return this.#text(this.int16());
  }

  compactString(): string {
    const value = this.compactNullableString();
    if (value === null) throw this.#broken("has no string where one must be");
    return value;
  }

  compactNullableString(): string | null {
    return this.#text(this.unsignedVarint() - 1);
  }

  /** A view on the response, or null. */
  compactBytes(): Buffer | null {
    const length = this.unsignedVarint() - 1;
    if (length < 0) return null;
    const at = this.#skip(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** A null array reads as an empty one. */
  array<T>(read: () => T): T[] {
    return this.#items(this.int32(), read);
  }

  compactArray<T>(read: () => T): T[] {
    return this.#items(this.unsignedVarint() - 1, read);
  }

  /** Tagged fields; those that `known` does not read are skipped, as the protocol demands. */
  tags(known?: (tag: number, field: ResponseDecoder) => void): void {
    const count = this.unsignedVarint();
    for (let index = 0; index < count; index++) {
      const tag = this.unsignedVarint();
      const size = this.unsignedVarint();
      const at = this.#skip(size);
      known?.(tag, new ResponseDecoder(this.#bytes.subarray(at, at + size), this.#what));
    }
  }

  #items<T>(count: number, read: () => T): T[] {
    // Each takes a byte at least: a count beyond the rest is not worth trying.
    if (count > this.#bytes.length - this.#at) throw this.#broken(`cannot have ${count} items`);
    const items: T[] = [];
    for (let index = 0; index < count; index++) items.push(read());
    return items;
  }

  #text(length: number): string | null {
    if (length < 0) return null;
    const at = this.#skip(length);
    return this.#bytes.toString("utf8", at, at + length);
  }

  #skip(length: number): number {
    const at = this.#at;
    if (length > this.#bytes.length - at) {
      throw this.#broken(`has ${this.#bytes.length - at} bytes left where ${length} must be`);
    }
    this.#at = at + length;
    return at;
  }

  #broken(what: string): ProtocolError {
    return new ProtocolError(`the response to ${this.#what} ${what} (byte ${this.#at} of ${this.#bytes.length})`);
  }
}
