/** The product's topology in an engine, with everything that was written to its topics decoded. */
import { onTestFinished } from "vitest";
import type { CommittedReport } from "../../../runtime/observer.js";
import {
  type ConsumedRecord,
  encodeText,
  type ProducedRecord,
  type RecordHeader,
} from "../../../runtime/task/index.js";
import {
  type AssignmentDecision,
  type AssignmentRow,
  assignmentRowCodec,
  type ContractName,
  type ContractTypes,
  conversationKey,
  type QueueAssignment,
} from "../../../schemas/index.js";
import type { ProductOutcome, ProductSettings } from "../../../topology/index.js";
import type { JoinedEvent } from "../../oracle/oracle.js";
import type { ProductHost, RunningProduct } from "./host.js";

export const PRODUCT: ProductSettings = {
  applicationId: "queue-ratchet",
  topicPrefix: "",
  partitions: 1,
  tenant: null,
  workItemStream: "present",
};

/** When everything fails that fails, in epoch milliseconds. */
export const FAILED_AT = 7;
const ROWS_PER_PAGE = 100;
const TOPIC_OF = { conversation: "conversation-events", "work-item": "work-item-events" } as const;

/** Topics are named without their prefix. */
export class ProductRun {
  /** Every record that was written: topic by topic and partition by partition, after each {@link pipe}. */
  records: ConsumedRecord[] = [];
  reports: CommittedReport<ProductOutcome>[] = [];
  private readonly ends = new Map<string, number>();

  private constructor(
    private readonly product: RunningProduct,
    private readonly partitions: number,
  ) {}

  /** It ends with the test. */
  static async open(host: ProductHost, settings: Partial<ProductSettings> = {}): Promise<ProductRun> {
    const run = await ProductRun.start(host, settings);
    onTestFinished(() => run.close());
    return run;
  }

  /** For several tests together, who call {@link close} after the last one. */
  static async start(host: ProductHost, settings: Partial<ProductSettings> = {}): Promise<ProductRun> {
    const all = { ...PRODUCT, ...settings };
    const opened: ProductRun[] = [];
    const product = await host.start({
      settings: all,
      now: () => FAILED_AT,
      committed: (report) => opened[0]?.reports.push(report),
    });
    const run = new ProductRun(product, all.partitions);
    opened.push(run);
    return run;
  }

  /** Writes records, waits until all that follows from them is durable, and reads it. */
  async pipe(records: readonly ProducedRecord[]): Promise<void> {
    await this.product.append(records.map((record) => ({ ...record, topic: this.fullName(record.topic) })));
    await this.product.caughtUp();
    for (const record of await this.product.readNew()) this.add(record);
  }

  /** Ends the engine's life; the next one is on the same data. */
  restart(): Promise<void> {
    return this.product.restart();
  }

  close(): Promise<void> {
    return this.product.close();
  }

  /** What was written so far is of no interest any more. */
  forget(): void {
    this.records = [];
    this.reports = [];
  }

  of(topic: string): ConsumedRecord[] {
    return this.records.filter((record) => record.topic === topic);
  }

  /** As records name a topic. */
  fullName(topic: string): string {
    return `${this.product.topicPrefix}${topic}`;
  }

  /** The offset after the last record that was read of a partition. */
  endOffset(topic: string, partition: number): number {
    return this.ends.get(`${topic}-${partition}`) ?? 0;
  }

  assignments(): QueueAssignment[] {
    return this.of("queue-assignments").map((record) => this.assignmentOf(record));
  }

  assignmentOf(record: ConsumedRecord): QueueAssignment {
    return this.decode("QueueAssignment", record);
  }

  /** Input topics without their prefix. */
  decisions(): AssignmentDecision[] {
    return this.of("queue-assignment-decisions").map((record) => {
      const decision = this.decode("AssignmentDecision", record);
      return { ...decision, inputTopic: this.shortName(decision.inputTopic) };
    });
  }

  /** The rows whose keys begin so, of all partitions. */
  async rows(keyPrefix = ""): Promise<ReadonlyMap<string, AssignmentRow>> {
    const found = new Map<string, AssignmentRow>();
    for (let partition = 0; partition < this.partitions; partition++) await this.rowsOf(partition, keyPrefix, found);
    return found;
  }

  /** The record of a joined topic that another producer would write for an event. */
  joined({ kind, event }: JoinedEvent, timestamp: number, headers: readonly RecordHeader[] = []): ProducedRecord {
    const topic = TOPIC_OF[kind];
    const key = encodeText(conversationKey(event.source, event.tenant, event.conversationId));
    const value = this.product.codec(this.fullName(topic)).encode(event as never);
    return { topic, timestamp, key, value: Uint8Array.from(value), headers };
  }

  private add(record: ConsumedRecord): void {
    const topic = this.shortName(record.topic);
    this.ends.set(`${topic}-${record.partition}`, record.offset + 1);
    this.records.push({ ...comparable(record), topic });
  }

  private shortName(topic: string): string {
    return topic.slice(this.product.topicPrefix.length);
  }

  private async rowsOf(partition: number, keyPrefix: string, found: Map<string, AssignmentRow>): Promise<void> {
    let after: string | null = keyPrefix;
    while (after !== null) {
      const page = await this.product.page(partition, { after, maxRows: ROWS_PER_PAGE });
      const own = page.rows.filter(({ key }) => key.startsWith(keyPrefix));
      for (const { key, value } of own) found.set(key, assignmentRowCodec.decode(value));
      after = own.length < page.rows.length ? null : page.after;
    }
  }

  private decode<Name extends ContractName>(name: Name, { topic, value }: ConsumedRecord): ContractTypes[Name] {
    if (value === null) throw new Error(`${topic}: has no value`);
    return this.product.codec(this.fullName(topic)).decodeAs(name, value);
  }
}

/** With bytes that are equal to those that a test makes: Buffers are not. */
function comparable(record: ConsumedRecord): ConsumedRecord {
  const headers = record.headers.map(({ key, value }) => ({ key, value: plainBytes(value) }));
  return { ...record, key: plainBytes(record.key), value: plainBytes(record.value), headers };
}

function plainBytes(bytes: Uint8Array | null): Uint8Array | null {
  return bytes === null ? null : Uint8Array.from(bytes);
}

/** A raw event of a source, as an ingress writes it. */
export function rawEvent(source: string, body: string | Uint8Array, timestamp: number): ProducedRecord {
  return {
    topic: "raw-events",
    timestamp,
    key: null,
    value: typeof body === "string" ? encodeText(body) : body,
    headers: [{ key: "source", value: encodeText(source) }],
  };
}
