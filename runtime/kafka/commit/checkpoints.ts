/** The checkpoints of an instance's tasks, one under way at a time: in Kafka first, then in the local store, then told. */
import { asError } from "../engine-errors.js";
import type { RunnerPorts } from "../runner-ports.js";
import type { HandedOver, KafkaTask } from "../tasks/kafka-task.js";
import type { GroupMember } from "../wire/index.js";
import type { ChangelogEnds, CheckpointWriter } from "./checkpoint-writer.js";
import { Pace } from "./pace.js";

export interface CheckpointListener {
  /** Everything of it is durable, and counted. */
  committed(): void;
  /** It is not, or may be. The writer is of no more use. */
  failed(error: Error): void;
}

/** Of the time, for checkpoints while records wait. */
const MAX_SHARE = 0.5;

export class Checkpoints<Outcome> {
  private readonly pace: Pace;
  private committing: Promise<void> | null = null;

  constructor(
    private readonly ports: RunnerPorts<Outcome>,
    private readonly listener: CheckpointListener,
  ) {
    this.pace = new Pace({ intervalMs: ports.settings.checkpointIntervalMs, maxShare: MAX_SHARE });
  }

  get isUnderWay(): boolean {
    return this.committing !== null;
  }

  /** Under load: how long until the next one is due (ms). */
  get dueInMs(): number {
    return this.pace.dueInMs(performance.now());
  }

  /** Resolves when none is under way. What becomes of it is told to the listener. */
  async settled(): Promise<void> {
    await this.committing;
  }

  /** Of what has gathered in these tasks. */
  begin(tasks: readonly KafkaTask<Outcome>[], writer: CheckpointWriter, member: GroupMember): void {
    const beganMs = performance.now();
    this.pace.began(beganMs);
    const handedOver = tasks.map((task) => task.handOver());
    this.committing = this.commit(handedOver, writer, member).then(
      () => {
        this.committing = null;
        this.tell(handedOver, performance.now() - beganMs);
      },
      (error: unknown) => {
        this.committing = null;
        this.listener.failed(asError(error));
      },
    );
  }

  private async commit(
    handedOver: readonly HandedOver<Outcome>[],
    writer: CheckpointWriter,
    member: GroupMember,
  ): Promise<void> {
    const { observer, subTopology, crashPoints } = this.ports;
    try {
      const ends = await writer.commit(
        member,
        handedOver.map(({ part }) => part),
      );
      await this.keep(handedOver, ends);
    } catch (error) {
      for (const { part } of handedOver) observer.commitFailed?.(subTopology.name, part.partition);
      throw error;
    }
    crashPoints.hit("kafka.after-store");
  }

  /** Last, and never ahead of the changelog. @throws StorageError */
  private async keep(handedOver: readonly HandedOver<Outcome>[], ends: ChangelogEnds): Promise<void> {
    const { subTopology, store, cluster } = this.ports;
    const [spec] = subTopology.stores;
    if (spec === undefined) return;
    const { topicId } = await cluster.topic(spec.changelogTopic);
    await store.write(
      handedOver.map(({ part: { partition, rows, positions } }) => {
        // Not known after a repeated send: then a little is read again after the next start.
        const offset = ends.get(partition) ?? store.task(subTopology.name, partition)?.mark.offset ?? 0;
        return {
          subTopology: subTopology.name,
          partition,
          store: spec.name,
          rows,
          positions,
          mark: { topicId, offset },
        };
      }),
    );
  }

  private tell(handedOver: readonly HandedOver<Outcome>[], commitMs: number): void {
    const { observer, subTopology } = this.ports;
    this.pace.ended(commitMs);
    for (const one of handedOver) {
      one.task.committed(one);
      const { records, outcomes, receivedAtMs, rowOutcomes, counters } = one.checkpoint;
      const { partition } = one.part;
      observer.committed({
        subTopology: subTopology.name,
        partition,
        records,
        outcomes,
        receivedAtMs,
        rowOutcomes,
        counters,
        commitMs,
      });
    }
    this.listener.committed();
  }
}
