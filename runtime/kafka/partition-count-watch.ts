/** Watches that topics keep the number of their partitions while the engine runs. */
import { PARTITIONS_CHANGED } from "./topic-problems.js";
import { TopicsError } from "./topics-error.js";
import { type Cluster, errorCode, RetriableError, WireError } from "./wire/index.js";

export interface WatchedTopic {
  readonly name: string;
  readonly partitions: number;
}

export interface PartitionCountWatchOptions {
  readonly cluster: Cluster;
  readonly topics: readonly WatchedTopic[];
  /** Default: 30 s. */
  readonly intervalMs?: number;
}

const DEFAULT_INTERVAL_MS = 30_000;
/** A broker that has just started may not know a topic yet. */
const MISSING_LOOKS = 2;
const UNKNOWN_TOPIC = "UNKNOWN_TOPIC_OR_PARTITION";

export class PartitionCountWatch {
  private readonly cluster: Cluster;
  private readonly topics: readonly WatchedTopic[];
  private readonly intervalMs: number;
  /** In how many looks in a row a topic was missing. */
  private readonly missing = new Map<string, number>();
  private timer: NodeJS.Timeout | null = null;
  private running = false;

  constructor({ cluster, topics, intervalMs = DEFAULT_INTERVAL_MS }: PartitionCountWatchOptions) {
    this.cluster = cluster;
    this.topics = topics;
    this.intervalMs = intervalMs;
  }

  /**
   * Looks from now on, until it is stopped or has something to tell. Brokers that do not answer say nothing about topics.
   * @param onChanged told once, with a TopicsError: a count has changed, or a topic is gone
   */
  start(onChanged: (error: Error) => void): void {
    if (this.running) throw new Error("the partition counts are being watched already");
    this.running = true;
    this.lookLater(onChanged);
  }

  stop(): void {
    this.running = false;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  private lookLater(onChanged: (error: Error) => void): void {
    this.timer = setTimeout(() => void this.look(onChanged), this.intervalMs);
    // It keeps no process alive.
    this.timer.unref();
  }

  private async look(onChanged: (error: Error) => void): Promise<void> {
    const changed = await this.changes();
    if (!this.running) return;
    if (changed === null) {
      this.lookLater(onChanged);
      return;
    }
    this.stop();
    onChanged(changed);
  }

  private async changes(): Promise<Error | null> {
    try {
      await this.cluster.refresh();
      const lines: string[] = [];
      for (const topic of this.topics) lines.push(...(await this.linesOf(topic)));
      return lines.length === 0 ? null : new TopicsError(lines);
    } catch (error) {
      if (error instanceof WireError) return null;
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  private async linesOf({ name, partitions: before }: WatchedTopic): Promise<string[]> {
    const now = await this.countOf(name);
    if (now === null) {
      const looks = (this.missing.get(name) ?? 0) + 1;
      this.missing.set(name, looks);
      return looks < MISSING_LOOKS ? [] : [`topic ${name} is gone: somebody has deleted it while it was in use`];
    }
    this.missing.delete(name);
    return now === before ? [] : [`topic ${name} has ${now} partitions now, and had ${before}: ${PARTITIONS_CHANGED}`];
  }

  /** Null when the cluster does not know the topic. @throws WireError */
  private async countOf(name: string): Promise<number | null> {
    try {
      return (await this.cluster.topic(name)).partitions.length;
    } catch (error) {
      if (error instanceof RetriableError && errorCode(error.code).name === UNKNOWN_TOPIC) return null;
      throw error;
    }
  }
}
