/** The product's topology in a driver, with everything that was written to its topics decoded. */
import { TopologyDriver } from "../../../runtime/driver/topology-driver.js";
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
import {
  ASSIGNMENT_STORE,
  type ProductOutcome,
  type ProductSettings,
  productTopology,
} from "../../../topology/index.js";
import type { JoinedEvent } from "../../oracle/oracle.js";
import { MemoryRegistry } from "../../schemas/registry/memory-registry.js";

const SETTINGS: ProductSettings = {
  applicationId: "queue-ratchet",
  topicPrefix: "",
  partitions: 1,
  tenant: null,
  workItemStream: "present",
};

const TOPIC_OF = { conversation: "conversation-events", "work-item": "work-item-events" } as const;

export class ProductRun {
  /** Every record that was written, in order. */
  readonly records: ConsumedRecord[] = [];
  readonly reports: CommittedReport<ProductOutcome>[] = [];

  private constructor(private readonly opened: TopologyDriver<ProductOutcome>[]) {}

  static async open(settings: Partial<ProductSettings> = {}): Promise<ProductRun> {
    const opened: TopologyDriver<ProductOutcome>[] = [];
    const run = new ProductRun(opened);
    opened.push(
      await TopologyDriver.open({
        topology: productTopology({ ...SETTINGS, ...settings }),
        registry: new MemoryRegistry(),
        onRecord: (record) => run.records.push(record),
        observer: { committed: (report) => run.reports.push(report) },
      }),
    );
    return run;
  }

  get driver(): TopologyDriver<ProductOutcome> {
    const [driver] = this.opened;
    if (driver === undefined) throw new Error("the driver is being opened");
    return driver;
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

  row(key: string): AssignmentRow | undefined {
    const bytes = new Map(this.driver.store(ASSIGNMENT_STORE).entries()).get(key);
    return bytes === undefined ? undefined : assignmentRowCodec.decode(bytes);
  }

  /** The record of a joined topic that another producer would write for an event. */
  joined({ kind, event }: JoinedEvent, timestamp: number, headers: readonly RecordHeader[] = []): ProducedRecord {
    const topic = TOPIC_OF[kind];
    const codec = this.driver.codecs.get(topic);
    if (codec === undefined) throw new Error(`no codec for ${topic}`);
    const key = encodeText(conversationKey(event.source, event.tenant, event.conversationId));
    return { topic, timestamp, key, value: codec.encode(event as never), headers };
  }

  private decode<Name extends ContractName>(name: Name, { topic, value }: ConsumedRecord): ContractTypes[Name] {
    const codec = this.driver.codecs.get(topic);
    if (codec === undefined || value === null) throw new Error(`${topic}: cannot be decoded`);
    return codec.decodeAs(name, value);
  }
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
