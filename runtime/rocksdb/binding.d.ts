/** What is used of the npm package `rocksdb` 5.2.1 (leveldown's API), which brings no types. */
declare module "rocksdb" {
  type Done = (error?: Error | null) => void;

  interface OpenOptions {
    readonly createIfMissing?: boolean;
    readonly errorIfExists?: boolean;
    readonly compression?: boolean;
    /** Bytes. */
    readonly cacheSize?: number;
    /** Bytes. */
    readonly writeBufferSize?: number;
    /** Bytes. */
    readonly blockSize?: number;
    readonly maxOpenFiles?: number;
    readonly infoLogLevel?: "debug" | "info" | "warn" | "error" | "fatal" | "header";
  }

  interface RangeOptions {
    readonly gte?: Buffer;
    readonly gt?: Buffer;
    readonly lt?: Buffer;
    readonly lte?: Buffer;
    readonly reverse?: boolean;
    readonly limit?: number;
    readonly keys?: boolean;
    readonly values?: boolean;
    readonly fillCache?: boolean;
    /** Bytes that the binding reads ahead per trip to its thread pool. */
    readonly highWaterMark?: number;
  }

  interface Iterator {
    /** Without key and value at the end of the range. */
    next(callback: (error: Error | null | undefined, key?: Buffer, value?: Buffer) => void): void;
    end(callback: Done): void;
    /** The next one is then the first whose key is not before the target. */
    seek(target: Buffer): void;
  }

  /** The methods that implement leveldown's chained batch: without its checks, and without its ban on a second use. */
  interface NativeBatch {
    _put(key: Buffer, value: Buffer): void;
    _del(key: Buffer): void;
    _clear(): void;
    _write(options: { readonly sync: boolean }, callback: Done): void;
  }

  interface Database {
    open(options: OpenOptions, callback: Done): void;
    close(callback: Done): void;
    getMany(
      keys: readonly Buffer[],
      options: { readonly asBuffer: true; readonly fillCache?: boolean },
      callback: (error: Error | null | undefined, values?: (Buffer | undefined)[]) => void,
    ): void;
    batch(): NativeBatch;
    iterator(options: RangeOptions): Iterator;
    approximateSize(
      start: Buffer,
      end: Buffer,
      callback: (error: Error | null | undefined, sizeBytes?: number) => void,
    ): void;
    compactRange(start: Buffer, end: Buffer, callback: Done): void;
    getProperty(property: string): string;
  }

  interface RocksDbModule {
    (location: string): Database;
    destroy(location: string, callback: Done): void;
  }

  const rocksdb: RocksDbModule;
  export default rocksdb;
  export type { Database, Iterator, NativeBatch, OpenOptions, RangeOptions };
}
