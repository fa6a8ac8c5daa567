/**
 * Taking tasks over: what their former owners committed is brought here, in the one order that leaves nothing out. The caller is a
 * member of the group in its current generation, which a heartbeat has just said, and its writer has fenced its own past: from then
 * on no other member can commit for these partitions. What others had begun is ended first; then the end of a changelog is final.
 */
import { nodesOfKind, type SubTopology } from "../../../topology/index.js";
import { type RunnerPorts, STEP_TIMEOUT_MS } from "../runner-ports.js";
import { type CommittedOffset, committedOffsets, Deadline, findOffsets, type TopicPartition } from "../wire/index.js";
import { unlessAborted } from "./abortable.js";
import { type RestoreListener, restoreTasks, type TaskToRestore } from "./restorer.js";
import { endingStaleTransactions, endStaleTransactions } from "./stale-transactions.js";
import { type SourceBounds, startOffsets } from "./start-offsets.js";

export interface TakeOverRequest {
  readonly groupId: string;
  readonly partitions: readonly number[];
  /** Of this instance's writer, and what those of all instances begin with; null when there are no transactions. */
  readonly transactions: { readonly prefix: string; readonly ownId: string } | null;
}

export interface TakenOver {
  readonly partition: number;
  /** By topic: where it begins to process. */
  readonly offsets: ReadonlyMap<string, number>;
  /** By topic: where it ends. */
  readonly ends: ReadonlyMap<string, number>;
}

export type TakeOverListener = Pick<RestoreListener, "progressed" | "restored"> & {
  /** Told of each task as soon as it can process. */
  taken(task: TakenOver): void;
};

const CHANNEL = "takeover";
const LOOK_FOR_STALE_EVERY_MS = 300;

/** @throws WireError, StorageError, EngineError; ClosedError when the signal says so */
export async function takeOver<Outcome>(
  request: TakeOverRequest,
  ports: RunnerPorts<Outcome>,
  listener: TakeOverListener,
  signal: AbortSignal,
): Promise<void> {
  await new TakeOver(request, ports, listener).run(signal);
}

class TakeOver<Outcome> {
  private committed: readonly CommittedOffset[] = [];
  private readonly starting = new Set<Promise<void>>();

  constructor(
    private readonly request: TakeOverRequest,
    private readonly ports: RunnerPorts<Outcome>,
    private readonly listener: TakeOverListener,
  ) {}

  async run(signal: AbortSignal): Promise<void> {
    const { cluster, subTopology, store, crashPoints, log } = this.ports;
    this.committed = await unlessAborted(this.committedByGroup(), signal);
    if (subTopology.stores.length > 0) {
      const tasks = await unlessAborted(this.tasksToRestore(), signal);
      const restoring = { progressed: this.listener.progressed, restored: this.restored, waiting: this.waiting };
      await restoreTasks(tasks, { cluster, store, crashPoints, log }, restoring, signal);
    } else {
      for (const partition of this.request.partitions) this.startSoon(partition);
    }
    await unlessAborted(Promise.all(this.starting), signal);
  }

  private readonly restored: RestoreListener["restored"] = (task, report) => {
    this.listener.restored(task, report);
    this.startSoon(task.partition);
  };

  private readonly waiting: RestoreListener["waiting"] = async (tasks) => {
    // What goes wrong with this only costs time: the transactions time out by themselves.
    await this.endStale(tasks.map(({ partition }) => partition)).catch(() => undefined);
  };

  private startSoon(partition: number): void {
    const started = this.start(partition);
    this.starting.add(started);
    started.catch(() => undefined);
  }

  private async start(partition: number): Promise<void> {
    const { subTopology, store, settings, log } = this.ports;
    const [stored] = subTopology.stores;
    const sources = await this.sourceBounds(partition);
    const offsets = startOffsets(
      {
        task: `${subTopology.name}-${partition}`,
        groupId: this.request.groupId,
        partition,
        sources,
        positions: store.task(subTopology.name, partition)?.positions ?? null,
        hasStore: stored !== undefined,
        committed: this.committed,
      },
      { guarantee: settings.guarantee, expiredInput: settings.expiredInput, log },
    );
    this.listener.taken({ partition, offsets, ends: new Map(sources.map(({ topic, end }) => [topic, end])) });
  }

  /** Waits for what others have begun to commit for these partitions. */
  private committedByGroup(): Promise<readonly CommittedOffset[]> {
    const { groupId, partitions } = this.request;
    const places = partitions.flatMap((partition) => this.sources().map((topic) => ({ topic, partition })));
    const deadline = new Deadline(2 * STEP_TIMEOUT_MS);
    const asked = committedOffsets(this.ports.cluster, groupId, places, { deadline, channel: CHANNEL });
    return endingStaleTransactions(asked, () => this.endStale(partitions), LOOK_FOR_STALE_EVERY_MS);
  }

  private async endStale(partitions: readonly number[]): Promise<void> {
    const { transactions } = this.request;
    if (transactions === null) return;
    const places = partitions.flatMap((partition) => written(this.ports.subTopology, partition));
    const { cluster, log } = this.ports;
    await endStaleTransactions(cluster, places, { ...transactions, deadlineMs: STEP_TIMEOUT_MS, log });
  }

  private async tasksToRestore(): Promise<TaskToRestore[]> {
    const { cluster, subTopology } = this.ports;
    const [store] = subTopology.stores;
    if (store === undefined) return [];
    const places = this.request.partitions.map((partition) => ({ topic: store.changelogTopic, partition }));
    const bounds = await this.bounds(places);
    const { topicId } = await cluster.topic(store.changelogTopic);
    return bounds.map(({ topic, partition, earliest, end }) => ({
      subTopology: subTopology.name,
      partition,
      storeName: store.name,
      changelog: topic,
      startOffset: earliest,
      endOffset: end,
      topicId,
    }));
  }

  private sourceBounds(partition: number): Promise<SourceBounds[]> {
    return this.bounds(this.sources().map((topic) => ({ topic, partition })));
  }

  /** The ends are not the last stable offsets: commits are answered before their markers are written. */
  private async bounds(places: readonly TopicPartition[]): Promise<(SourceBounds & TopicPartition)[]> {
    const deadline = new Deadline(STEP_TIMEOUT_MS);
    const options = { isolation: "read_uncommitted", deadline, channel: CHANNEL } as const;
    const [earliest, ends] = await Promise.all([
      findOffsets(this.ports.cluster, places, "earliest", options),
      findOffsets(this.ports.cluster, places, "latest", options),
    ]);
    return places.map((place, index) => ({
      ...place,
      earliest: earliest[index]?.offset ?? 0,
      end: ends[index]?.offset ?? 0,
    }));
  }

  private sources(): string[] {
    return nodesOfKind(this.ports.subTopology, "source").map(({ topic }) => topic);
  }
}

/** Where a task of the partition writes, when its sources are partitioned as its outputs are. */
function written<Outcome>(subTopology: SubTopology<Outcome>, partition: number): TopicPartition[] {
  const sinks = nodesOfKind(subTopology, "sink").map(({ topic }) => topic);
  const changelogs = subTopology.stores.map(({ changelogTopic }) => changelogTopic);
  return [...sinks, ...changelogs].map((topic) => ({ topic, partition }));
}
