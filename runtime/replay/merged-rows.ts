/** Several stores side by side, key by key: a page of each in memory. */
import type { RowStore } from "../stores/index.js";

export interface MergedRow {
  readonly key: string;
  /** In the order of the stores; null where a store has none, or one without bytes. */
  readonly values: readonly (Uint8Array | null)[];
}

const PAGE_ROWS = 500;

/** By the bytes of the keys, as the stores have them. */
export async function* mergedRows(stores: readonly RowStore[]): AsyncGenerator<MergedRow> {
  const cursors = stores.map((store) => new Cursor(store));
  for (;;) {
    const heads = await Promise.all(cursors.map((cursor) => cursor.head()));
    const keys = heads.flatMap((head) => (head === null ? [] : [head.key]));
    const [first, ...others] = keys;
    if (first === undefined) return;
    const key = others.reduce((least, other) => (compareBytes(other, least) < 0 ? other : least), first);
    const values = heads.map((head) => (head === null || head.key !== key ? null : head.value));
    heads.forEach((head, index) => {
      if (head?.key === key) cursors[index]?.take();
    });
    yield { key, values: values.map((value) => (value === null || value.length === 0 ? null : value)) };
  }
}

function compareBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

type Row = Awaited<ReturnType<RowStore["page"]>>["rows"][number];

class Cursor {
  private rows: readonly Row[] = [];
  private index = 0;
  private after: string | null | undefined = undefined;

  constructor(private readonly store: RowStore) {}

  /** Null when there is no more. */
  async head(): Promise<Row | null> {
    if (this.index >= this.rows.length && this.after !== null) {
      const page = await this.store.page({
        maxRows: PAGE_ROWS,
        ...(this.after === undefined ? {} : { after: this.after }),
      });
      this.rows = page.rows;
      this.index = 0;
      this.after = page.after;
    }
    return this.rows[this.index] ?? null;
  }

  take(): void {
    this.index += 1;
  }
}
