/** Reads varints and steps over bytes within hard limits: the one place where lengths from the data are believed or not. */
import { type BatchPlace, CorruptBatchError, UnsafeLongError } from "./errors.js";

const TWO_27 = 2 ** 27;
const TWO_55 = 2 ** 55;

/** `limit` is the first position that must not be read; the caller narrows it to the record at hand. */
export class RecordCursor {
  readonly bytes: Buffer;
  position: number;
  limit: number;
  readonly #place: Omit<BatchPlace, "position">;

  constructor(bytes: Buffer, position: number, limit: number, place: Omit<BatchPlace, "position">) {
    this.bytes = bytes;
    this.position = position;
    this.limit = limit;
    this.#place = place;
  }

  /** A zigzag varint of 32 bits. */
  varint(what: string): number {
    const at = this.position;
    if (at < this.limit) {
      const byte = this.bytes[at] as number;
      if (byte < 0x80) {
        this.position = at + 1;
        return (byte >>> 1) ^ -(byte & 1);
      }
    }
    const value = this.#unsigned32(what);
    return (value >>> 1) ^ -(value & 1);
  }

  /** A zigzag varint of 64 bits. @throws UnsafeLongError beyond ±(2^53 - 1) */
  varlong(what: string): number {
    const at = this.position;
    let low = 0;
    // The first four bytes hold 28 bits, as much as fits a small integer: nearly every value ends here.
    for (let index = 0; index < 4; index++) {
      const byte = this.#byte(what);
      low |= (byte & 0x7f) << (7 * index);
      if (byte < 0x80) return (low >>> 1) ^ -(low & 1);
    }
    let middle = 0;
    let high = 0;
    for (let index = 0; ; index++) {
      if (index === 6) throw this.corrupt(`${what} is a varint of more than 10 bytes`, at);
      const byte = this.#byte(what);
      if (index < 4) middle |= (byte & 0x7f) << (7 * index);
      else high |= (byte & 0x7f) << (7 * (index - 4));
      if (byte < 0x80) break;
    }
    const magnitude = (low >>> 1) + middle * TWO_27 + high * TWO_55;
    const value = (low & 1) === 0 ? magnitude : -magnitude - 1;
    if (!Number.isSafeInteger(value))
      throw new UnsafeLongError(what, `(about ${value})`, {
        ...this.#place,
        position: at,
      });
    return value;
  }

  /** Steps over `length` bytes; gives where they begin. */
  skip(length: number, what: string): number {
    const at = this.position;
    if (length < 0 || length > this.limit - at) {
      throw this.corrupt(`${what} has ${length} bytes where ${this.limit - at} are left`, at);
    }
    this.position = at + length;
    return at;
  }

  /** The error for what was found at `position`; not thrown here, so that callers' control flow is seen by the compiler. */
  corrupt(what: string, position = this.position): CorruptBatchError {
    return new CorruptBatchError("records", what, { ...this.#place, position });
  }

  #byte(what: string): number {
    if (this.position >= this.limit) throw this.corrupt(`${what} is cut off`);
    return this.bytes[this.position++] as number;
  }

  #unsigned32(what: string): number {
    const at = this.position;
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#byte(what);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    const last = this.#byte(what);
    if (last > 0x0f) throw this.corrupt(`${what} is a varint of more than 32 bits`, at);
    return value | (last << 28);
  }
}
