/** One write batch, filled and written again and again: the binding frees a batch only when V8 collects it, which it does late. */
import type { NativeBatch } from "rocksdb";

/** What RocksDB adds to each operation in its write-ahead log, about. */
const OPERATION_OVERHEAD_BYTES = 8;

export class WriteBatch {
  private sizeBytesSoFar = 0;
  private countSoFar = 0;

  /** @param native this object alone fills and clears it. */
  constructor(readonly native: NativeBatch) {}

  /** What it takes in the write-ahead log, about. */
  get sizeBytes(): number {
    return this.sizeBytesSoFar;
  }

  get count(): number {
    return this.countSoFar;
  }

  /** Copies both. */
  put(key: Uint8Array, value: Uint8Array): void {
    this.native._put(asBuffer(key), asBuffer(value));
    this.grow(key.length + value.length);
  }

  delete(key: Uint8Array): void {
    this.native._del(asBuffer(key));
    this.grow(key.length);
  }

  clear(): void {
    this.native._clear();
    this.sizeBytesSoFar = 0;
    this.countSoFar = 0;
  }

  private grow(bytes: number): void {
    this.sizeBytesSoFar += bytes + OPERATION_OVERHEAD_BYTES;
    this.countSoFar += 1;
  }
}

/** The binding takes a Uint8Array that is no Buffer for text ("1,2,3"). */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
