/** Runs a plan: the product's own topology on the live input, with rows, outputs and positions in a folder of its own. */
import type { ContractCodec, ContractName } from "../../schemas/index.js";
import {
  ASSIGNMENT_STORE,
  NORMALISE,
  type ProductOutcome,
  type ProductSettings,
  productTopology,
  RATCHET,
  type TopicSpec,
  type Topology,
} from "../../topology/index.js";
import { EmbeddedEngine } from "../embedded/index.js";
import type { LiveApplication } from "../live/index.js";
import type { CommittedReport } from "../observer.js";
import { type LogRange, pagesOf } from "../queries/index.js";
import type { RowStore } from "../stores/index.js";
import type { ConsumedRecord } from "../task/index.js";
import { BoundedInput } from "./bounded-input.js";
import { goOn, ReplayInterruptedError } from "./errors.js";
import type { LiveReadings } from "./live-readings.js";
import { namesOf, type ReplayPlan } from "./plan.js";
import { offsetsIn } from "./range.js";

export interface ReplayOptions {
  readonly live: LiveApplication;
  readonly readings: LiveReadings;
  readonly plan: ReplayPlan;
  /** The live application's, but for the id, which is the replay's own. */
  readonly settings: ProductSettings;
  /** An empty folder. */
  readonly folder: string;
  /** Also made in the folder: for what a sink writes there. */
  readonly topics: readonly TopicSpec[];
  /** Memory for blocks, and as much again for rows. */
  readonly cacheBytes: number;
  readonly signal: AbortSignal;
  /** Told how many records of the input have been processed. */
  readonly processed: (records: number) => void;
}

export interface ReplayTotals {
  /** Records before the range, from which rows were rebuilt. */
  readonly rebuilt: number;
  /** Records of the range. */
  readonly replayed: number;
  /** Of all of them, with what was normalised: those that went to the replay's own dead letters. */
  readonly refused: number;
}

/** Checkpoints under load: what is lost by a kill is done again anyway. */
const CHECKPOINT_INTERVAL_MS = 500;
/** Longer than any read: between the two streams the order of the records never depends on which is read sooner. */
const WAIT_FOR_STREAM_MS = 600_000;

export class Replay {
  private records = 0;
  private rebuilt = 0;
  private refused = 0;
  private marks: readonly LogRange[] = [];

  private constructor(
    private readonly options: ReplayOptions,
    private readonly engine: EmbeddedEngine<ProductOutcome>,
    private readonly input: BoundedInput,
  ) {}

  /** Nothing runs yet. @throws StorageError, FolderInUseError, SchemaRegistryError */
  static async open(options: ReplayOptions): Promise<Replay> {
    const { live, plan, settings, folder, cacheBytes, signal, readings } = options;
    const input = new BoundedInput(live.log, plan.ranges, signal);
    const { cut } = plan;
    let replay: Replay | null = null;
    const engine = await EmbeddedEngine.open<ProductOutcome>({
      topology: replayTopology(options),
      folder,
      applicationId: settings.applicationId,
      topicPrefix: settings.topicPrefix,
      partitions: settings.partitions,
      input: {
        topics: new Set(plan.topics),
        log: input,
        codecs: await readings.codecs(contractsOf(options)),
        ...(cut === null ? {} : { admits: (record: ConsumedRecord) => cut.admits(record) }),
      },
      observer: { committed: (report) => replay?.count(report) },
      runner: { checkpointIntervalMs: CHECKPOINT_INTERVAL_MS, maxTaskIdleMs: WAIT_FOR_STREAM_MS },
      rowCacheBytes: cacheBytes,
      storage: { cacheBytes },
    });
    replay = new Replay(options, engine, input);
    return replay;
  }

  /** Rebuilds the rows, then replays the range. @throws InputExpiredError, ReplayInterruptedError, the engine's failure */
  async run(): Promise<ReplayTotals> {
    const { plan, signal } = this.options;
    this.engine.start();
    if (offsetsIn(plan.ranges, "rebuilt") > 0) await unlessAborted(this.engine.caughtUp(), signal);
    this.rebuilt = this.records;
    const startOffsets = this.assignmentEnds();
    this.input.openRange();
    this.engine.inputGrew();
    await unlessAborted(this.engine.caughtUp(), signal);
    this.marks = startOffsets.map((range, partition) => ({
      ...range,
      toOffset: this.engine.log.endOffset(range.topic, partition),
    }));
    return { rebuilt: this.rebuilt, replayed: this.records - this.rebuilt, refused: this.refused };
  }

  /** The assignments that the range has given, by partition, in the order in which they were emitted. */
  async *assignments(): AsyncGenerator<readonly ConsumedRecord[]> {
    const log = {
      startOffset: async (topic: string, partition: number) => this.engine.log.startOffset(topic, partition),
      endOffset: async (topic: string, partition: number) => this.engine.log.endOffset(topic, partition),
      read: (topic: string, partition: number, fromOffset: number) =>
        this.engine.log.read(topic, partition, fromOffset),
    };
    for (const range of this.marks) {
      for await (const records of pagesOf(log, range)) {
        goOn(this.options.signal);
        yield records;
      }
    }
  }

  rows(partition: number): RowStore {
    return this.engine.store(ASSIGNMENT_STORE, partition);
  }

  /** Appends to a topic of the replay's own folder. */
  append(records: Parameters<EmbeddedEngine<ProductOutcome>["append"]>[0]) {
    return this.engine.append(records);
  }

  /** Of the values of {@link assignments}. */
  get assignmentCodec(): ContractCodec<ContractName> {
    return this.engine.codec(namesOf(this.options.settings).queueAssignments);
  }

  close(): Promise<void> {
    return this.engine.stop();
  }

  private assignmentEnds(): readonly LogRange[] {
    const topic = namesOf(this.options.settings).queueAssignments;
    return Array.from({ length: this.options.settings.partitions }, (_, partition) => {
      const endOffset = this.engine.log.endOffset(topic, partition);
      return { topic, partition, fromOffset: endOffset, toOffset: endOffset };
    });
  }

  private count({ subTopology, records, outcomes }: CommittedReport<ProductOutcome>): void {
    for (const { kind } of outcomes) if (kind === "refused") this.refused += 1;
    if (subTopology !== (this.options.plan.input === "raw" ? NORMALISE : RATCHET)) return;
    this.records += records;
    this.options.processed(this.records);
  }
}

/** The product's own, but that what is emitted is kept until the sink has it: a record that is overtaken counts too. */
function replayTopology({ settings, topics }: ReplayOptions): Topology<ProductOutcome> {
  const topology = productTopology(settings);
  const { queueAssignments } = namesOf(settings);
  const kept = topology.topics.map((topic) =>
    topic.name === queueAssignments ? { ...topic, cleanup: "delete" as const } : topic,
  );
  return { ...topology, topics: [...kept, ...topics] };
}

function contractsOf({ plan, settings }: ReplayOptions): Readonly<Record<string, ContractName>> {
  if (plan.input === "raw") return {};
  const { conversationEvents, workItemEvents } = namesOf(settings);
  return { [conversationEvents]: "ConversationEvent", [workItemEvents]: "WorkItemEvent" };
}

async function unlessAborted(done: Promise<void>, signal: AbortSignal): Promise<void> {
  // Once nobody waits for it any more, it may fail: whoever closes the engine is told.
  done.catch(() => undefined);
  goOn(signal);
  let abort: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(new ReplayInterruptedError());
    signal.addEventListener("abort", abort, { once: true });
  });
  try {
    await Promise.race([done, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
