/** The table files of an open database, each verified once before an iterator first reads of it. */
import type { Database, Iterator } from "rocksdb";
import { checkTable } from "./table-check.js";

interface Table {
  readonly number: number;
  readonly sizeBytes: number;
  readonly firstKey: Buffer;
  readonly lastKey: Buffer;
}

interface Listing {
  /** Counts flushes and merges: another number, other files. */
  readonly version: string;
  readonly tables: readonly Table[];
}

/** As `Version::DebugString` prints a file of RocksDB 6.17: number:size[sequences]['KEY' seq:n, type:n .. 'KEY' seq:n, type:n]. */
const TABLE = /^ (\d+):(\d+)\[\d+ \.\. \d+\]\['([0-9A-F]*)' seq:\d+, type:\d+ \.\. '([0-9A-F]*)' seq:\d+, type:\d+\]/;
/** A flush or merge that ends between two calls is rare, and twice in a row rarer. */
const MAX_TRIES = 100;

export class VerifiedTables {
  private listing: Listing = { version: "", tables: [] };
  private readonly checks = new Map<number, Promise<void>>();

  constructor(
    private readonly folder: string,
    private readonly database: Database,
  ) {}

  /** An iterator, with the tables that are there for it: no other ones, as long as it is not ended. */
  pin(open: () => Iterator): { readonly iterator: Iterator; readonly tables: readonly Table[] } {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const { version, tables } = this.list();
      if (this.version() !== version) continue;
      const iterator = open();
      if (this.version() === version) return { iterator, tables };
      iterator.end(() => undefined);
    }
    throw new Error(`the files of ${this.folder} change faster than they can be listed`);
  }

  /**
   * Reads those whole that hold keys of the range and have not been read yet, one after the other. What is damaged after that is
   * found when RocksDB merges the file, when `getMany` reads of it, or at the next start.
   * @param from the first key, @param to the key after the last
   * @throws CorruptStoreError naming the file
   */
  async verify(tables: readonly Table[], from: Buffer, to: Buffer): Promise<void> {
    for (const table of tables) {
      if (table.lastKey.compare(from) < 0 || table.firstKey.compare(to) >= 0) continue;
      await this.check(table);
    }
  }

  private check(table: Table): Promise<void> {
    const { number } = table;
    const found = this.checks.get(number);
    if (found !== undefined) return found;
    const check = checkTable(this.folder, table).catch((error: unknown) => {
      // It may have been something that passes, such as too many open files.
      this.checks.delete(number);
      throw error;
    });
    this.checks.set(number, check);
    return check;
  }

  private list(): Listing {
    const version = this.version();
    if (version === this.listing.version) return this.listing;
    const tables = parseTables(this.database.getProperty("rocksdb.sstables"));
    this.listing = { version, tables };
    const numbers = new Set(tables.map(({ number }) => number));
    for (const number of this.checks.keys()) if (!numbers.has(number)) this.checks.delete(number);
    return this.listing;
  }

  private version(): string {
    return this.database.getProperty("rocksdb.current-super-version-number");
  }
}

function parseTables(text: string): Table[] {
  const lines = text.split("\n").filter((line) => line.startsWith(" "));
  return lines.map((line) => {
    const [, number, sizeBytes, firstKey = "", lastKey = ""] = TABLE.exec(line) ?? [];
    // Passing over a file would be reading it unverified.
    if (number === undefined) throw new Error(`RocksDB lists a file in an unknown form: ${line}`);
    return {
      number: Number(number),
      sizeBytes: Number(sizeBytes),
      firstKey: Buffer.from(firstKey, "hex"),
      lastKey: Buffer.from(lastKey, "hex"),
    };
  });
}
