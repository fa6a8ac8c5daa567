/** The topics of a cluster as the queries read them: committed records, page by page, up to the end as it is when they ask. */
import type { LiveLog } from "../live/index.js";
import type { LogPage } from "../queries/index.js";
import type { ConsumedRecord } from "../task/index.js";
import { nextPage } from "./tasks/next-page.js";
import {
  ClosedError,
  type Cluster,
  Deadline,
  DeadlineError,
  findOffsets,
  type OffsetAt,
  type Page,
  PartitionError,
  Reader,
} from "./wire/index.js";

export interface KafkaTopicLogOptions {
  /** After which a read or a question is given up. Default: 30 s. */
  readonly timeoutMs?: number;
  /** Of one page; a batch that is larger comes whole. Default: 1 MiB. */
  readonly maxPageBytes?: number;
}

interface Place {
  readonly topic: string;
  readonly partition: number;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_PAGE_BYTES = 1024 * 1024;
/** How long a broker holds a fetch for which there is nothing, and how often it is looked whether it has answered so. */
const EMPTY_FETCH_MS = 20;

let logs = 0;

/** Two connections to each broker that is asked, made when they are needed. Reads wait for one another: one page is in memory. */
export class KafkaTopicLog implements LiveLog {
  private readonly channel = `queries-${++logs}`;
  private readonly timeoutMs: number;
  private readonly maxPageBytes: number;
  private readonly closing = new AbortController();
  private reader: Reader | null = null;
  /** By partition, as last asked for: up to there nobody has to be asked again. */
  private readonly ends = new Map<string, number>();
  private lastRead: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly cluster: Cluster,
    { timeoutMs = DEFAULT_TIMEOUT_MS, maxPageBytes = DEFAULT_PAGE_BYTES }: KafkaTopicLogOptions = {},
  ) {
    this.timeoutMs = timeoutMs;
    this.maxPageBytes = maxPageBytes;
  }

  /** @throws WireError */
  async startOffset(topic: string, partition: number): Promise<number> {
    return (await this.offset({ topic, partition }, "earliest")) ?? 0;
  }

  /** The last stable offset: records of transactions that are still open, and all behind them, are not to be read yet. @throws WireError */
  async endOffset(topic: string, partition: number): Promise<number> {
    const endOffset = (await this.offset({ topic, partition }, "latest")) ?? 0;
    this.ends.set(`${topic}-${partition}`, endOffset);
    return endOffset;
  }

  /**
   * The first record at or after a time (epoch ms), which may be one that was aborted: those behind it are to be read. The end when
   * there is none.
   * @throws WireError
   */
  async offsetAt(topic: string, partition: number, timestampMs: number): Promise<number> {
    // Negative ones have other meanings for a broker, and no record is older.
    const at = { timestampMs: Math.max(0, timestampMs) };
    return (await this.offset({ topic, partition }, at)) ?? this.endOffset(topic, partition);
  }

  /**
   * A page of committed records, and where to read on, which is behind markers, aborted records and what compaction has removed. At
   * the end it is empty.
   * @throws OffsetOutOfRangeError for what is gone, ClosedError after `close`, and other WireErrors
   */
  read(topic: string, partition: number, fromOffset: number): Promise<LogPage> {
    const turn = this.lastRead.then(() => this.readNow({ topic, partition }, fromOffset));
    this.lastRead = turn.catch(() => undefined);
    return turn;
  }

  /** What is being read fails. Nothing of it is left open. */
  async close(): Promise<void> {
    this.closing.abort();
    await this.lastRead;
    await this.closeReader();
    await Promise.all([this.channel, this.offsetsChannel].map((channel) => this.cluster.closeChannel(channel)));
  }

  /** As the reader names its own, which it closes with itself. */
  private get offsetsChannel(): string {
    return `${this.channel}-offsets`;
  }

  private async offset(place: Place, at: OffsetAt): Promise<number | null> {
    this.mustBeOpen();
    const deadline = new Deadline(this.timeoutMs);
    const settings = { isolation: "read_committed", deadline, channel: this.offsetsChannel } as const;
    const [found] = await this.unlessClosed(findOffsets(this.cluster, [place], at, settings));
    return found?.offset ?? null;
  }

  /** A broker that is away is asked until the deadline: closing does not wait so long. */
  private async unlessClosed<Answer>(asked: Promise<Answer>): Promise<Answer> {
    const { signal } = this.closing;
    let closed: () => void = () => undefined;
    const closes = new Promise<never>((_, reject) => {
      closed = () => {
        reject(closedError());
        asked.catch(() => undefined).finally(() => this.cluster.closeChannel(this.offsetsChannel));
      };
      signal.addEventListener("abort", closed, { once: true });
    });
    try {
      return await Promise.race([asked, closes]);
    } finally {
      signal.removeEventListener("abort", closed);
    }
  }

  private async readNow(place: Place, fromOffset: number): Promise<LogPage> {
    this.mustBeOpen();
    const { topic, partition } = place;
    const known = this.ends.get(`${topic}-${partition}`) ?? 0;
    const endOffset = fromOffset < known ? known : await this.endOffset(topic, partition);
    if (fromOffset >= endOffset) return { records: [], nextOffset: fromOffset };
    this.reader ??= this.newReader();
    const { reader } = this;
    try {
      reader.assign(place, fromOffset);
      const page = await this.nextPage(reader, place, endOffset);
      return page === null ? { records: [], nextOffset: endOffset } : logPage(page);
    } catch (error) {
      // Other errors end the reader; the next call has another one.
      if (!(error instanceof PartitionError)) await this.closeReader();
      throw error;
    } finally {
      reader.unassign(place);
    }
  }

  /** Null when a broker that knows of the end has nothing before it: compaction may have left nothing there, and no page will come. */
  private async nextPage(reader: Reader, place: Place, endOffset: number): Promise<Page | null> {
    const deadline = new Deadline(this.timeoutMs);
    for (;;) {
      const page = await nextPage(reader, EMPTY_FETCH_MS, this.closing.signal);
      if (page !== null) return page;
      if (reader.emptyUpTo(place) >= endOffset) return null;
      if (deadline.passed) throw new DeadlineError(`reading ${place.topic}-${place.partition}`, this.timeoutMs, null);
    }
  }

  private newReader(): Reader {
    const { channel, maxPageBytes } = this;
    return new Reader(this.cluster, {
      isolation: "read_committed",
      channel,
      maxPageBytes,
      maxFetchBytes: maxPageBytes,
      maxBufferedBytes: 2 * maxPageBytes,
      maxWaitMs: EMPTY_FETCH_MS,
    });
  }

  private async closeReader(): Promise<void> {
    const { reader } = this;
    this.reader = null;
    await reader?.close();
  }

  private mustBeOpen(): void {
    if (this.closing.signal.aborted) throw closedError();
  }
}

function closedError(): ClosedError {
  return new ClosedError("the topics are not read any more: this instance is closing");
}

function logPage({ topic, partition, records, nextOffset }: Page): LogPage {
  return { records: records.map((record) => new QueriedRecord(topic, partition, record)), nextOffset };
}

/** Most records are of other conversations: nobody asks for more than their keys. */
class QueriedRecord implements ConsumedRecord {
  constructor(
    readonly topic: string,
    readonly partition: number,
    private readonly record: Page["records"][number],
  ) {}

  get offset(): number {
    return this.record.offset;
  }

  get timestamp(): number {
    return this.record.timestamp;
  }

  get key(): Uint8Array | null {
    return this.record.key;
  }

  get value(): Uint8Array | null {
    return this.record.value;
  }

  get headers(): ConsumedRecord["headers"] {
    return this.record.headers;
  }
}
