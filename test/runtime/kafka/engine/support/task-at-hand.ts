/** A task of the ratchet as the Kafka engine holds it, over a store and a registry in memory: a test plays the broker. */
import { openCodecs } from "../../../../../runtime/codecs.js";
import { KafkaTask, type SourceEnd, type TaskStart } from "../../../../../runtime/kafka/tasks/kafka-task.js";
import type { Page } from "../../../../../runtime/kafka/wire/index.js";
import type { TaskMove } from "../../../../../runtime/observer.js";
import { encodeText, Task, type TopicCodecs } from "../../../../../runtime/task/index.js";
import { conversationKey, writeFrameHeader } from "../../../../../schemas/index.js";
import { ASSIGNMENT_STORE, type ProductOutcome, productTopology, RATCHET } from "../../../../../topology/index.js";
import { conversation } from "../../../../oracle/build.js";
import { MemoryRegistry } from "../../../../schemas/registry/memory-registry.js";
import { MemoryStore } from "../../../task/memory-store.js";

export const CONVERSATIONS = "conversation-events";
export const WORK_ITEMS = "work-item-events";
export const PARTITION = 2;

const TOPOLOGY = productTopology({
  applicationId: "app",
  topicPrefix: "",
  partitions: 3,
  tenant: null,
  workItemStream: "present",
});

export class TaskAtHand {
  readonly moves: string[] = [];
  /** What was heard of the sources' ends; nothing at first. */
  readonly heard = new Map<string, SourceEnd>();
  readonly store = new MemoryStore();
  readonly task: KafkaTask<ProductOutcome>;

  private constructor(
    readonly registry: MemoryRegistry,
    private readonly codecs: TopicCodecs,
  ) {
    this.task = new KafkaTask(
      subTopology(),
      PARTITION,
      { maxTaskIdleMs: 0, maxBufferedBytes: 500 },
      (topic) => this.heard.get(topic) ?? null,
      { committed: () => undefined, taskMoved: ({ from, to }: TaskMove) => this.moves.push(`${from} ${to}`) },
    );
  }

  static async open(): Promise<TaskAtHand> {
    const registry = new MemoryRegistry();
    return new TaskAtHand(registry, await openCodecs(TOPOLOGY, registry));
  }

  /** From the beginning of its sources, which end there, unless told. */
  start(fields: Partial<TaskStart<ProductOutcome>> = {}): void {
    const task = new Task<ProductOutcome>({
      subTopology: subTopology(),
      codecs: this.codecs,
      stores: new Map([[ASSIGNMENT_STORE, this.store]]),
      now: () => 0,
    });
    const none = new Map<string, number>();
    this.task.restoring();
    this.task.start({ task, checkpoint: 0, offsets: none, ends: none, ...fields });
  }

  /** Events of the conversation stream at these offsets, and behind them markers up to `nextOffset`. */
  page(offsets: readonly number[], nextOffset = (offsets.at(-1) ?? -1) + 1, schemaId?: number): Page {
    const records = offsets.map((offset) => {
      const { event } = conversation({ conversationId: `c${offset}`, eventId: `e${offset}`, revision: 1 });
      const value = Uint8Array.from(this.codecs.get(CONVERSATIONS)?.encode(event as never) ?? []);
      if (schemaId !== undefined) writeFrameHeader(value, schemaId);
      const key = encodeText(conversationKey(event.source, event.tenant, event.conversationId));
      return { offset, timestamp: offset, key, value, headers: [] };
    });
    return { topic: CONVERSATIONS, partition: PARTITION, records, nextOffset } as unknown as Page;
  }

  /** A page of the other source in which there is nothing to be processed. */
  emptyPage(nextOffset: number): Page {
    return { topic: WORK_ITEMS, partition: PARTITION, records: [], nextOffset } as unknown as Page;
  }

  /** Hears that the conversation stream ends there, the other one where it begins. */
  hear(stable: number, high = stable): void {
    this.heard.set(CONVERSATIONS, { stable, high });
    this.heard.set(WORK_ITEMS, { stable: 0, high: 0 });
  }

  commit(): ReturnType<KafkaTask<ProductOutcome>["handOver"]> {
    const handedOver = this.task.handOver();
    this.task.committed(handedOver);
    return handedOver;
  }
}

function subTopology() {
  const found = TOPOLOGY.subTopologies.find(({ name }) => name === RATCHET);
  if (found === undefined) throw new Error("the product has a ratchet");
  return found;
}
