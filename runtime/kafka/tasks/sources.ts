/** What a group's tasks read: one reader for all of them, which stops at each source that is full. */
import { asError, InputLostError } from "../engine-errors.js";
import { LIMITS } from "../runner-ports.js";
import { type Cluster, Reader, type TopicPartition, TopicRecreatedError } from "../wire/index.js";
import type { KafkaTask, SourceEnd } from "./kafka-task.js";

export interface SourcesListener<Outcome> {
  /** Undefined when no task here has the partition. */
  taskOf(partition: number): KafkaTask<Outcome> | undefined;
  /** Records came in. */
  came(): void;
  failed(error: Error): void;
}

export class Sources<Outcome> {
  private readonly reader: Reader;
  private readonly ended = new AbortController();
  private readonly pumping: Promise<void>;

  constructor(
    cluster: Cluster,
    private readonly listener: SourcesListener<Outcome>,
  ) {
    this.reader = new Reader(cluster, { isolation: "read_committed", maxBufferedBytes: LIMITS.fetchedBytes });
    this.pumping = this.pump();
  }

  /** @param offsets by topic. */
  read(partition: number, offsets: ReadonlyMap<string, number>): void {
    for (const [topic, offset] of offsets) this.reader.assign({ topic, partition }, offset);
  }

  readNoMore({ topics, partition }: KafkaTask<Outcome>): void {
    for (const topic of topics) this.reader.unassign({ topic, partition });
  }

  /** What has been taken made room. */
  readOn(task: KafkaTask<Outcome>): void {
    const { partition } = task;
    for (const topic of task.topics) if (!task.isFull(topic)) this.reader.resume({ topic, partition });
  }

  /** Null while nothing has been heard of it. */
  endOf(place: TopicPartition): SourceEnd | null {
    const { lastStableOffset, highWatermark } = this.reader.watermarks(place);
    return lastStableOffset < 0 ? null : { stable: lastStableOffset, high: highWatermark };
  }

  async close(): Promise<void> {
    this.ended.abort();
    await this.reader.close();
    await this.pumping;
  }

  private async pump(): Promise<void> {
    const { signal } = this.ended;
    try {
      for (;;) {
        const page = await this.reader.next(signal);
        const task = this.listener.taskOf(page.partition);
        if (!task?.isRunning) continue;
        task.add(page);
        if (task.isFull(page.topic)) this.reader.pause(page);
        this.listener.came();
      }
    } catch (error) {
      if (!signal.aborted) this.listener.failed(named(error));
    }
  }
}

function named(error: unknown): Error {
  if (!(error instanceof TopicRecreatedError)) return asError(error);
  return new InputLostError(
    `${error.message}. What was processed is of the old topic: restore it, or start anew with \`queue-ratchet reset\``,
    { cause: error },
  );
}
