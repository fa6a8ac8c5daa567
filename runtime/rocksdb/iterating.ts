/** The binding's callbacks as promises, and a page of what an iterator gives. */
import type { Iterator } from "rocksdb";

export interface Entry {
  readonly key: Buffer;
  readonly value: Buffer;
}

export function readPage(
  iterator: Iterator,
  maxBytes: number,
  done: (error: Error | null, entries?: Entry[]) => void,
): void {
  const entries: Entry[] = [];
  let sizeBytes = 0;
  const step = (error: Error | null | undefined, key?: Buffer, value?: Buffer) => {
    if (error) return done(error);
    if (key === undefined || value === undefined) return done(null, entries);
    entries.push({ key, value });
    sizeBytes += key.length + value.length;
    if (sizeBytes >= maxBytes) return done(null, entries);
    iterator.next(step);
  };
  iterator.next(step);
}

export function promised<T>(start: (done: (error?: Error | null, value?: T) => void) => void): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    start((error, value) => (error ? reject(error) : resolve(value)));
  });
}
