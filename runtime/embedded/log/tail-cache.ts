/** The newest batches of all partitions in memory, within one bound: what was just appended is read without RocksDB. */

export interface CachedBatch {
  readonly baseOffset: number;
  /** The offset after its last record. */
  readonly nextOffset: number;
  readonly bytes: Buffer;
}

/** In the place of a dropped batch, whose bytes are not to be kept until its place is. */
const RELEASED: CachedBatch = { baseOffset: 0, nextOffset: 0, bytes: Buffer.alloc(0) };
/** What a batch takes beside its bytes, about. */
const ENTRY_OVERHEAD_BYTES = 128;

/** The cached batches of one partition: the newest, without a hole. */
export class PartitionTail {
  private batches: CachedBatch[] = [];
  private first = 0;

  push(batch: CachedBatch): void {
    this.batches.push(batch);
  }

  dropFirst(): CachedBatch | undefined {
    const dropped = this.batches[this.first];
    if (dropped === undefined) return undefined;
    this.batches[this.first] = RELEASED;
    this.first += 1;
    // Moving the rest down for each one dropped would cost their number each time.
    if (this.first > 32 && this.first * 2 > this.batches.length) {
      this.batches = this.batches.slice(this.first);
      this.first = 0;
    }
    return dropped;
  }

  /** The batches from the one that holds `offset`; null when that one is not here. */
  from(offset: number): readonly CachedBatch[] | null {
    const oldest = this.batches[this.first];
    if (oldest === undefined || offset < oldest.baseOffset) return null;
    let low = this.first;
    let high = this.batches.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.batches[middle]?.nextOffset ?? 0) > offset) high = middle;
      else low = middle + 1;
    }
    return low === this.batches.length ? null : this.batches.slice(low);
  }
}

/** The bound that the partitions share: the oldest batch goes first, of whichever partition it is. */
export class TailCache {
  private queue: PartitionTail[] = [];
  private taken = 0;
  private total = 0;

  /** @param maxBytes 0 keeps nothing. */
  constructor(private readonly maxBytes: number) {}

  /** Of the cached batches, with what keeping them takes. */
  get sizeBytes(): number {
    return this.total;
  }

  /** Adds a batch that follows the one added to the same partition before. */
  add(tail: PartitionTail, batch: CachedBatch): void {
    tail.push(batch);
    this.queue.push(tail);
    this.total += batch.bytes.length + ENTRY_OVERHEAD_BYTES;
    while (this.total > this.maxBytes) this.dropOldest();
  }

  private dropOldest(): void {
    const dropped = this.queue[this.taken]?.dropFirst();
    this.taken += 1;
    this.total -= (dropped?.bytes.length ?? 0) + ENTRY_OVERHEAD_BYTES;
    if (this.taken > 1_024 && this.taken * 2 > this.queue.length) {
      this.queue = this.queue.slice(this.taken);
      this.taken = 0;
    }
  }
}
