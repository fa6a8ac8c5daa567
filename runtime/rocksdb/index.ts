/** The door of the RocksDB room. */
export {
  CorruptStoreError,
  DiskFullError,
  FolderNotWritableError,
  StorageError,
  StorageIoError,
  StoreLockedError,
  storageError,
} from "./errors.js";
export type { Entry } from "./iterating.js";
export {
  endOf,
  int64,
  int64Behind,
  parseScopedKey,
  readInt64,
  scopedKey,
  textBehind,
  withInt64,
  withText,
  writeInt64,
} from "./key-bytes.js";
export type { RangeSnapshot } from "./range-snapshot.js";
export {
  type RangeOptions,
  RocksDb,
  type RocksDbOptions,
} from "./rocksdb.js";
export { checkWriteAheadLogs, type WalContents } from "./wal-check.js";
export { asBuffer, type WriteBatch } from "./write-batch.js";
