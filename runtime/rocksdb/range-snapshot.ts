/** A range of a database as it was at one moment: parts of it are read page by page, all of one write batch or none of it. */
import type { Iterator } from "rocksdb";
import { type Entry, promised, readPage } from "./iterating.js";

/** What a snapshot needs of its database. */
export interface SnapshotPorts {
  /** The tables that hold keys of a part, as far as nobody has read them yet. */
  readonly verify: (from: Buffer, to: Buffer) => Promise<void>;
  /** Holds closing back until it has ended. @throws when the database is closed */
  readonly read: <T>(start: () => Promise<T>) => Promise<T>;
  readonly failed: (error: unknown) => Error;
  readonly ended: () => void;
}

/** One reader at a time. */
export class RangeSnapshot {
  private ending: Promise<void> | null = null;

  constructor(
    private readonly iterator: Iterator,
    private readonly ports: SnapshotPorts,
  ) {}

  /**
   * The entries of a part of the range, in pages that end with the entry that reaches `maxBytes`.
   * @param from the first key, @param to the key after the last
   * @throws CorruptStoreError naming the table; Error when the database was closed, or this was ended
   */
  async *entries(from: Buffer, to: Buffer, maxBytes: number): AsyncGenerator<readonly Entry[]> {
    await this.ports.read(() => this.ports.verify(from, to));
    for (let first = true; ; first = false) {
      const page = await this.ports.read(() => this.page(first ? from : null, maxBytes));
      const end = page.findIndex(({ key }) => key.compare(to) >= 0);
      if (page.length > 0 && end !== 0) yield end < 0 ? page : page.slice(0, end);
      if (page.length === 0 || end >= 0) return;
    }
  }

  /** Gives the files up. May be called again. */
  end(): Promise<void> {
    this.ending ??= promised<void>((done) => this.iterator.end(done)).then(() => this.ports.ended());
    return this.ending;
  }

  private async page(from: Buffer | null, maxBytes: number): Promise<readonly Entry[]> {
    // The binding ends the process when one that was ended is used.
    if (this.ending !== null) throw new Error("the snapshot was ended");
    try {
      if (from !== null) this.iterator.seek(from);
      return (await promised<Entry[]>((done) => readPage(this.iterator, maxBytes, done))) ?? [];
    } catch (error) {
      throw this.ports.failed(error);
    }
  }
}
