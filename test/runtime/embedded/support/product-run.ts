/** The product's topology in an embedded engine, with everything that was written to its topics decoded. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { EmbeddedEngine, type RunnerSettings } from "../../../../runtime/embedded/index.js";
import type { CommittedReport } from "../../../../runtime/observer.js";
import {
  type ConsumedRecord,
  encodeText,
  type ProducedRecord,
  type RecordHeader,
} from "../../../../runtime/task/index.js";
import {
  type AssignmentDecision,
  type AssignmentRow,
  assignmentRowCodec,
  type ContractName,
  type ContractTypes,
  conversationKey,
  type QueueAssignment,
} from "../../../../schemas/index.js";
import {
  ASSIGNMENT_STORE,
  type ProductOutcome,
  type ProductSettings,
  productTopology,
} from "../../../../topology/index.js";
import type { JoinedEvent } from "../../../oracle/oracle.js";

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

export class ProductRun {
  /** Every record that was written: topic by topic and partition by partition, after each {@link pipe}. */
  records: ConsumedRecord[] = [];
  reports: CommittedReport<ProductOutcome>[] = [];
  private readonly readTo = new Map<string, number>();

  private constructor(readonly engine: EmbeddedEngine<ProductOutcome>) {}

  /** In a folder of its own; it ends with the test. */
  static async open(
    settings: Partial<ProductSettings> = {},
    runner: Partial<RunnerSettings> = {},
  ): Promise<ProductRun> {
    const { run, close } = await ProductRun.start(settings, runner);
    onTestFinished(close);
    return run;
  }

  /** For several tests together, who call `close` after the last one. */
  static async start(settings: Partial<ProductSettings> = {}, runner: Partial<RunnerSettings> = {}) {
    const folder = await mkdtemp(join(tmpdir(), "queue-ratchet-product-"));
    const all = { ...PRODUCT, ...settings };
    const opened: ProductRun[] = [];
    const engine = await EmbeddedEngine.open({
      topology: productTopology(all),
      folder,
      ...all,
      runner,
      now: () => FAILED_AT,
      observer: { committed: (report) => opened[0]?.reports.push(report) },
    });
    const run = new ProductRun(engine);
    opened.push(run);
    engine.start();
    const close = async () => {
      await engine.stop();
      await rm(folder, { recursive: true });
    };
    return { run, close };
  }

  /** Writes records, waits until all that follows from them is durable, and reads it. */
  async pipe(records: readonly ProducedRecord[]): Promise<void> {
    await this.engine.append(records);
    await this.engine.caughtUp();
    for (const { topic, partition, endOffset } of this.engine.log.partitions())
      await this.readNew(topic, partition, endOffset);
  }

  /** What was written so far is of no interest any more. */
  forget(): void {
    this.records = [];
    this.reports = [];
  }

  of(topic: string): ConsumedRecord[] {
    return this.records.filter((record) => record.topic === topic);
  }

  assignments(): QueueAssignment[] {
    return this.of("queue-assignments").map((record) => this.decode("QueueAssignment", record));
  }

  decisions(): AssignmentDecision[] {
    return this.of("queue-assignment-decisions").map((record) => this.decode("AssignmentDecision", record));
  }

  /** The rows whose keys begin so, of all partitions. */
  async rows(keyPrefix = ""): Promise<ReadonlyMap<string, AssignmentRow>> {
    const found = new Map<string, AssignmentRow>();
    for (const { subTopology, partition } of this.engine.tasks) {
      if (subTopology === "ratchet") await this.rowsOf(partition, keyPrefix, found);
    }
    return found;
  }

  /** The record of a joined topic that another producer would write for an event. */
  joined({ kind, event }: JoinedEvent, timestamp: number, headers: readonly RecordHeader[] = []): ProducedRecord {
    const topic = TOPIC_OF[kind];
    const key = encodeText(conversationKey(event.source, event.tenant, event.conversationId));
    return { topic, timestamp, key, value: this.engine.codec(topic).encode(event as never), headers };
  }

  private async readNew(topic: string, partition: number, endOffset: number): Promise<void> {
    const place = `${topic}-${partition}`;
    let nextOffset = this.readTo.get(place) ?? 0;
    while (nextOffset < endOffset) {
      const slice = await this.engine.log.read(topic, partition, nextOffset);
      this.records.push(...slice.records.map(comparable));
      nextOffset = slice.nextOffset;
    }
    this.readTo.set(place, nextOffset);
  }

  private async rowsOf(partition: number, keyPrefix: string, found: Map<string, AssignmentRow>): Promise<void> {
    const store = this.engine.store(ASSIGNMENT_STORE, partition);
    let after: string | null = keyPrefix;
    while (after !== null) {
      const page = await store.page({ after, maxRows: ROWS_PER_PAGE });
      const own = page.rows.filter(({ key }) => key.startsWith(keyPrefix));
      for (const { key, value } of own) found.set(key, assignmentRowCodec.decode(value));
      after = own.length < page.rows.length ? null : page.after;
    }
  }

  private decode<Name extends ContractName>(name: Name, { topic, value }: ConsumedRecord): ContractTypes[Name] {
    if (value === null) throw new Error(`${topic}: has no value`);
    return this.engine.codec(topic).decodeAs(name, value);
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
