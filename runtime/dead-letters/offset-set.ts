/** A set of offsets of one partition: a bit each, so that those of millions of letters take little memory. */

const BITS_PER_BYTE = 8;
const CHUNK_BYTES = 1_024;
const CHUNK_OFFSETS = CHUNK_BYTES * BITS_PER_BYTE;

export class OffsetSet {
  private readonly chunks = new Map<number, Uint8Array>();

  add(offset: number): void {
    const number = Math.floor(offset / CHUNK_OFFSETS);
    let chunk = this.chunks.get(number);
    if (chunk === undefined) {
      chunk = new Uint8Array(CHUNK_BYTES);
      this.chunks.set(number, chunk);
    }
    const at = offset % CHUNK_OFFSETS;
    const index = Math.floor(at / BITS_PER_BYTE);
    chunk[index] = (chunk[index] ?? 0) | (1 << (at % BITS_PER_BYTE));
  }

  has(offset: number): boolean {
    const chunk = this.chunks.get(Math.floor(offset / CHUNK_OFFSETS));
    const at = offset % CHUNK_OFFSETS;
    return ((chunk?.[Math.floor(at / BITS_PER_BYTE)] ?? 0) & (1 << (at % BITS_PER_BYTE))) !== 0;
  }
}
