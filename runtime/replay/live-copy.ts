/** What the live application says of each conversation at one moment: its rows, and its last records in the sync topic. */
import { DecodeError, RowFormatError } from "../../schemas/index.js";
import { EmbeddedStorage } from "../embedded/index.js";
import type { LiveApplication } from "../live/index.js";
import { pagesOf } from "../queries/index.js";
import type { RowStore } from "../stores/index.js";
import { type ConsumedRecord, decodeText } from "../task/index.js";
import { goOn } from "./errors.js";
import type { LiveReadings } from "./live-readings.js";
import type { TopicOffset } from "./range.js";

export interface LiveCopyOptions {
  readonly live: LiveApplication;
  readonly readings: LiveReadings;
  /** A folder of its own. */
  readonly folder: string;
  readonly partitions: number;
  /** The sync topic. */
  readonly syncTopic: string;
  readonly signal: AbortSignal;
  /** Told how many rows and records have been copied. */
  readonly copied: (count: number) => void;
}

const ROWS = "live-rows";
const SYNC = "live-sync-records";
const CACHE_BYTES = 8 * 1024 * 1024;
/** Of one write: a row costs about a tenth of a kilobyte. */
const WRITTEN_ROWS = 2_000;

export class LiveCopy {
  private count = 0;
  private readonly reached: TopicOffset[] = [];

  private constructor(
    private readonly options: LiveCopyOptions,
    private readonly storage: EmbeddedStorage,
  ) {}

  /** @throws ReplayInterruptedError, StorageError, and what the live application throws */
  static async make(options: LiveCopyOptions): Promise<LiveCopy> {
    const owner = { applicationId: "live-copy", topicPrefix: "", partitions: options.partitions };
    const storage = await EmbeddedStorage.open(options.folder, { ...owner, topics: [], cacheBytes: CACHE_BYTES });
    const copy = new LiveCopy(options, storage);
    try {
      await copy.run();
      return copy;
    } catch (error) {
      await storage.close();
      throw error;
    }
  }

  /** How far the live tasks had come with what was copied: of each source partition, the offset behind the last record. */
  get positions(): readonly TopicOffset[] {
    return this.reached;
  }

  rows(partition: number): RowStore {
    return this.storage.store(ROWS, partition);
  }

  /** Framed values. */
  syncRecords(partition: number): RowStore {
    return this.storage.store(SYNC, partition);
  }

  close(): Promise<void> {
    return this.storage.close();
  }

  private async run(): Promise<void> {
    const { live, syncTopic, partitions } = this.options;
    // What is in the sync topic now was written with rows that the states below have, or newer ones.
    const settledTo: number[] = [];
    for (let partition = 0; partition < partitions; partition++)
      settledTo.push(await live.log.endOffset(syncTopic, partition));
    for (const [partition, offset] of settledTo.entries()) await this.partition(partition, offset);
  }

  private async partition(partition: number, settledTo: number): Promise<void> {
    const { live } = this.options;
    const state = await live.state(partition);
    for await (const page of state.rows()) {
      // Without bytes: removed.
      const rows = page.map(({ key, row }) => ({ key, value: row ?? new Uint8Array() }));
      await this.write(ROWS, partition, rows);
    }
    for (const position of state.positions?.positions ?? []) this.reached.push(position);
    await this.copySync(partition, settledTo);
  }

  private async copySync(partition: number, settledTo: number): Promise<void> {
    const { live, syncTopic } = this.options;
    const toOffset = await live.log.endOffset(syncTopic, partition);
    for await (const records of pagesOf(live.log, { topic: syncTopic, partition, fromOffset: 0, toOffset })) {
      const newest = new Map<string, ConsumedRecord>();
      for (const record of await this.ofTheMoment(partition, records, settledTo)) {
        const key = record.key === null ? null : decodeText(record.key);
        if (key !== null) newest.set(key, record);
      }
      const rows = [...newest].map(([key, { value }]) => ({ key, value: value ?? new Uint8Array() }));
      await this.write(SYNC, partition, rows);
    }
  }

  /** Of the records that were written since, those that the rows know of. */
  private async ofTheMoment(
    partition: number,
    records: readonly ConsumedRecord[],
    settledTo: number,
  ): Promise<readonly ConsumedRecord[]> {
    const late = records.filter(({ offset }) => offset >= settledTo);
    if (late.length === 0) return records;
    const keys = late.map(({ key }) => (key === null ? "" : (decodeText(key) ?? "")));
    const rows = await this.rows(partition).getMany(keys);
    const known = new Set<number>();
    for (const [index, record] of late.entries()) {
      const bytes = rows[index];
      if (bytes === undefined || bytes.length === 0 || record.value === null) continue;
      if (await this.isKnown(record.value, bytes)) known.add(record.offset);
    }
    return records.filter(({ offset }) => offset < settledTo || known.has(offset));
  }

  /** What cannot be read is kept: the comparison says so. */
  private async isKnown(value: Uint8Array, row: Uint8Array): Promise<boolean> {
    const { readings } = this.options;
    try {
      return (await readings.syncRecord(value)).sequence <= readings.row(row).sequence;
    } catch (error) {
      if (error instanceof DecodeError || error instanceof RowFormatError) return true;
      throw error;
    }
  }

  private async write(
    store: string,
    partition: number,
    rows: readonly { readonly key: string; readonly value: Uint8Array }[],
  ): Promise<void> {
    for (let first = 0; first < rows.length; first += WRITTEN_ROWS) {
      goOn(this.options.signal);
      const some = rows.slice(first, first + WRITTEN_ROWS);
      await this.storage.committer.commitWhenReady({ rows: [{ store, partition, rows: some }] });
      this.count += some.length;
      this.options.copied(this.count);
    }
  }
}
