/** The room for what is fetched: how much one fetch may bring, and which broker's turn it is while there is not enough for all. */

/** Less than this is not worth a fetch while something else is held. */
const SMALLEST_FETCH_BYTES = 64 * 1024;

export class FetchRoom {
  readonly #maxHeldBytes: number;
  readonly #maxFetchBytes: number;
  /** Brokers in the order in which they were last fetched from. */
  readonly #turns = new Set<number>();
  #heldBytes = 0;

  constructor(maxHeldBytes: number, maxFetchBytes: number) {
    this.#maxHeldBytes = maxHeldBytes;
    this.#maxFetchBytes = maxFetchBytes;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  hold(bytes: number): void {
    this.#heldBytes += bytes;
  }

  release(bytes: number): void {
    this.#heldBytes -= bytes;
  }

  fetchesFrom(nodeId: number): void {
    this.#turns.delete(nodeId);
    this.#turns.add(nodeId);
  }

  /** Those that were not fetched from for longest first. */
  inTurn(nodeIds: Iterable<number>): number[] {
    const turns = [...this.#turns];
    return [...nodeIds].sort((a, b) => turns.indexOf(a) - turns.indexOf(b));
  }

  /**
   * What one fetch may bring; 0: none now. When several brokers are read from, it is a part of the room for each: one from which
   * nothing comes holds its part for long. When nothing is held there is always room, or a small bound would stop everything.
   */
  forOne(brokers: number): number {
    const share = Math.max(Math.min(this.#maxFetchBytes, Math.floor(this.#maxHeldBytes / brokers)), 1);
    const free = this.#maxHeldBytes - this.#heldBytes;
    if (free >= Math.min(share, SMALLEST_FETCH_BYTES)) return Math.min(share, free);
    return this.#heldBytes === 0 ? share : 0;
  }
}
