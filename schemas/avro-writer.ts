/**
 * Writes Avro's binary encoding into slabs of memory, and hands out views of them.
 * avsc checks every union and measures every string on the way: that is most of the cost of a decision. The contracts
 * on the hot path are written through this instead; tests hold every byte to avsc's.
 * Source: the Avro 1.11 specification, section "Binary encoding".
 */
import { EncodeError } from "./encode-error.js";

import { MAX_LONG, MIN_LONG } from "./strict-types.js";

const SLAB_BYTES = 64 * 1024;
/** A single value may not be larger: no Kafka record would take it either. */
export const MAX_VALUE_BYTES = 64 * 1024 * 1024;
/** Room that every write asks for first: the longest zigzag long is ten bytes. */
const LONG_BYTES = 10;
/** UTF-8 takes at most three bytes per UTF-16 code unit. */
const MAX_BYTES_PER_UNIT = 3;
/** Beyond this a native call is faster than a loop. */
const LOOP_UNITS = 64;
const TWO_POW_28 = 2 ** 28;

export class AvroWriter {
  private slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  private start = 0;
  private position = 0;

  /** Begins a value behind `prefixBytes` bytes, which the caller fills in. */
  begin(prefixBytes: number): void {
    this.start = this.position;
    this.reserve(prefixBytes);
    this.position += prefixBytes;
  }

  /** The bytes since {@link begin}: a view of a slab that nothing else will be written to. */
  end(): Buffer {
    return this.slab.subarray(this.start, this.position);
  }

  /** Takes back what was written since {@link begin}. */
  abandon(): void {
    this.position = this.start;
  }

  boolean(value: boolean): void {
    if (typeof value !== "boolean") throw new EncodeError("not a boolean");
    this.reserve(1);
    this.slab[this.position++] = value ? 1 : 0;
  }

  int(value: number): void {
    if ((value | 0) !== value) throw new EncodeError(`${value} is not an integer of 32 bits`);
    this.long(value);
  }

  /** A long, the index of an enum's symbol or of a union's branch, or the count of a block. */
  long(value: number): void {
    this.reserve(LONG_BYTES);
    if ((value | 0) === value && value >= 0 && value < TWO_POW_28) this.varint(value << 1);
    else this.largeLong(value);
  }

  string(text: string): void {
    const { length } = text;
    this.reserve(LONG_BYTES + length * MAX_BYTES_PER_UNIT);
    if (length <= LOOP_UNITS && this.ascii(text)) return;
    const bytes = Buffer.byteLength(text);
    this.long(bytes);
    this.position += this.slab.write(text, this.position, bytes, "utf8");
  }

  /** Writes a short text of ASCII characters; false, and nothing written, when there are others in it. */
  private ascii(text: string): boolean {
    const { length } = text;
    const { slab, position } = this;
    // Up to 63 bytes the length is one byte.
    const begin = position + (length < LOOP_UNITS ? 1 : 2);
    for (let index = 0; index < length; index++) {
      const unit = text.charCodeAt(index);
      if (unit > 0x7f) return false;
      slab[begin + index] = unit;
    }
    this.varint(length << 1);
    this.position = begin + length;
    return true;
  }

  private varint(zigzag: number): void {
    const { slab } = this;
    let rest = zigzag;
    while (rest > 0x7f) {
      slab[this.position++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    slab[this.position++] = rest;
  }

  /** Numbers that do not fit 28 bits: by division, since shifts see 32. */
  private largeLong(value: number): void {
    if (!Number.isInteger(value) || value < MIN_LONG || value > MAX_LONG) {
      throw new EncodeError(`${value} is not an integer from ${MIN_LONG} to ${MAX_LONG}`);
    }
    const { slab } = this;
    // Zigzag of a number up to 2^53 may exceed 2^53: the lowest seven bits go first, the rest fits again.
    let rest = value < 0 ? -value - 1 : value;
    const sign = value < 0 ? 1 : 0;
    let low = (rest % 64) * 2 + sign;
    rest = Math.floor(rest / 64);
    while (rest > 0) {
      slab[this.position++] = low | 0x80;
      low = rest % 128;
      rest = Math.floor(rest / 128);
    }
    slab[this.position++] = low;
  }

  private reserve(bytes: number): void {
    if (this.position + bytes > this.slab.length) this.grow(bytes);
  }

  /** Moves the value at hand to a new slab; the old one stays with the views of it. */
  private grow(bytes: number): void {
    const written = this.position - this.start;
    const wanted = written + bytes;
    if (wanted > MAX_VALUE_BYTES) throw new EncodeError(`value of more than ${MAX_VALUE_BYTES} bytes`);
    const slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, wanted * 2));
    this.slab.copy(slab, 0, this.start, this.position);
    this.slab = slab;
    this.start = 0;
    this.position = written;
  }
}
