/** What a task needs of a key-value store: to load the rows of a batch with one call. Writing is the engine's. */

/** A row as it is to be stored. */
export interface ChangedRow {
  readonly key: string;
  readonly value: Uint8Array;
}

export interface ReadableStore {
  /** The stored rows in the order of the keys; undefined where there is none. */
  getMany(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]>;
}
