/** What a task needs of a key-value store: to load the rows of a batch with one call. Writing is the engine's. */

/** A row as it is to be stored; null: it is to be removed. */
export interface ChangedRow {
  readonly key: string;
  readonly value: Uint8Array | null;
}

export interface RowPage {
  readonly rows: readonly { readonly key: string; readonly value: Uint8Array }[];
  /** To go on after this page; null when there is no more. */
  readonly after: string | null;
}

export interface RowPageOptions {
  /** Begin behind this key; absent: with the first. */
  readonly after?: string;
  readonly maxRows: number;
}

export interface ReadableStore {
  /** The stored rows in the order of the keys; undefined where there is none. */
  getMany(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]>;
  /** Rows in the order of the store. What is written between two pages may be in the second or not. */
  page(options: RowPageOptions): Promise<RowPage>;
}
