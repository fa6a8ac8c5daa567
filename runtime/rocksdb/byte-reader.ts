/** Reads numbers and slices as RocksDB writes them, within bounds: what is read may be damaged. */

/** The bytes are not what they should be. Whoever knows the file makes a CorruptStoreError of it. */
export class MalformedBytesError extends Error {
  override readonly name = "MalformedBytesError";
}

const MAX_VARINT_BYTES = 10;

export class ByteReader {
  constructor(
    private readonly bytes: Buffer,
    public at = 0,
    private readonly end = bytes.length,
  ) {}

  get isAtEnd(): boolean {
    return this.at >= this.end;
  }

  byte(): number {
    const byte = this.at < this.end ? this.bytes[this.at] : undefined;
    if (byte === undefined) throw new MalformedBytesError(`it ends too early, at byte ${this.at}`);
    this.at += 1;
    return byte;
  }

  /** Up to 64 bits; beyond 2^53 not exact, which no size or number of a file reaches. */
  varint(): number {
    let value = 0;
    for (let shift = 0; shift < MAX_VARINT_BYTES; shift++) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** (7 * shift);
      if (byte < 0x80) return value;
    }
    throw new MalformedBytesError(`a number has no end, at byte ${this.at}`);
  }

  slice(length: number): Buffer {
    const { at } = this;
    if (length > this.end - at) throw new MalformedBytesError(`it ends too early, at byte ${this.end}`);
    this.at += length;
    return this.bytes.subarray(at, at + length);
  }

  prefixedSlice(): Buffer {
    return this.slice(this.varint());
  }
}
