/** Runs a whole topology in this process, one partition per topic, nothing durable: for input that is run once, and tests. */
import type { SchemaRegistry } from "../../schemas/registry/port.js";
import { nodesOfKind, type SubTopology, type Topology } from "../../topology/index.js";
import { openCodecs } from "../codecs.js";
import type { TaskObserver } from "../observer.js";
import { MemoryStore } from "../stores/memory.js";
import { InputOrder } from "../task/input-order.js";
import type { ConsumedRecord, ProducedRecord } from "../task/records.js";
import { Task, type TopicCodecs } from "../task/task.js";

const PARTITION = 0;
const MAX_BATCH_RECORDS = 1_000;

export interface TopologyDriverOptions<Outcome> {
  readonly topology: Topology<Outcome>;
  readonly registry: SchemaRegistry;
  /** Told of every record that is written to a topic, in the order of its offsets. */
  readonly onRecord?: (record: ConsumedRecord) => void;
  readonly observer?: TaskObserver<Outcome>;
}

interface RunningTask<Outcome> {
  readonly subTopology: SubTopology<Outcome>;
  readonly topics: ReadonlySet<string>;
  readonly task: Task<Outcome>;
  readonly input: InputOrder;
}

export class TopologyDriver<Outcome> {
  private readonly nextOffsets = new Map<string, number>();
  private readonly stores: ReadonlyMap<string, MemoryStore>;
  private readonly tasks: readonly RunningTask<Outcome>[];

  private constructor(
    private readonly options: TopologyDriverOptions<Outcome>,
    readonly codecs: TopicCodecs,
  ) {
    const { subTopologies } = options.topology;
    this.stores = new Map(
      subTopologies.flatMap(({ stores }) => stores.map(({ name }) => [name, new MemoryStore()] as const)),
    );
    this.tasks = subTopologies.map((subTopology) => this.start(subTopology));
  }

  /** @throws SchemaRegistryError when the schemas cannot be registered. */
  static async open<Outcome>(options: TopologyDriverOptions<Outcome>): Promise<TopologyDriver<Outcome>> {
    return new TopologyDriver(options, await openCodecs(options.topology, options.registry));
  }

  /** Writes records to a topic and runs everything that follows from them. The caller bounds how many it gives at once. */
  async pipe(records: readonly ProducedRecord[]): Promise<void> {
    this.route(records);
    for (const running of this.tasks) await this.runToEnd(running);
  }

  /** A store of the topology. */
  store(name: string): MemoryStore {
    const store = this.stores.get(name);
    if (store === undefined) throw new Error(`no store "${name}"`);
    return store;
  }

  private start(subTopology: SubTopology<Outcome>): RunningTask<Outcome> {
    const topics = nodesOfKind(subTopology, "source").map(({ topic }) => topic);
    return {
      subTopology,
      topics: new Set(topics),
      task: new Task({ subTopology, codecs: this.codecs, stores: this.stores, now: ({ timestamp }) => timestamp }),
      input: new InputOrder(topics, { maxTaskIdleMs: 0, maxBufferedBytes: Number.POSITIVE_INFINITY }),
    };
  }

  private async runToEnd({ subTopology, task, input }: RunningTask<Outcome>): Promise<void> {
    for (;;) {
      const batch = input.take(MAX_BATCH_RECORDS, 0, () => false);
      if (batch.length === 0) return;
      await task.process(batch);
      const { outputs, rows, ...report } = task.checkpoint();
      for (const [store, changed] of rows) this.store(store).apply(changed);
      task.committed();
      this.options.observer?.committed({
        subTopology: subTopology.name,
        partition: PARTITION,
        commitMs: 0,
        ...report,
      });
      this.route(outputs);
    }
  }

  /** Appends records to their topics: to the tasks that read them, and to whoever listens. */
  private route(records: readonly ProducedRecord[]): void {
    for (const record of records) {
      const offset = this.nextOffsets.get(record.topic) ?? 0;
      this.nextOffsets.set(record.topic, offset + 1);
      const appended = { ...record, partition: PARTITION, offset };
      for (const { topics, input } of this.tasks) if (topics.has(record.topic)) input.add([appended]);
      this.options.onRecord?.(appended);
    }
  }
}
