/** Puts changed rows into a write batch. */
import { type WriteBatch, withText } from "../rocksdb/index.js";
import type { ChangedRow } from "./store.js";

/** @param prefix of the store's partition, as rowPrefix gives it */
export function stageChanged(batch: WriteBatch, prefix: Buffer, rows: readonly ChangedRow[]): void {
  for (const { key, value } of rows) {
    if (value === null) batch.delete(withText(prefix, key));
    else batch.put(withText(prefix, key), value);
  }
}
