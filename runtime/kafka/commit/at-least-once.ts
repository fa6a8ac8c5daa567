/**
 * At least once: no transaction, so one step after the other. Outputs are there before the rows that stand for them: what a crash
 * leaves without its row is processed, and emitted, again.
 */
import type { CrashPoints } from "../../crash-points.js";
import { MAX_RECORD_BYTES } from "../runner-ports.js";
import {
  type Cluster,
  commitOffsets,
  Deadline,
  type GroupMember,
  IdempotentWriter,
  type WireError,
} from "../wire/index.js";
import {
  type ChangelogEnds,
  type CheckpointTopics,
  type CheckpointWriter,
  changelogEnds,
  changelogRequest,
  groupOffsets,
  outputRequests,
  type TaskPart,
} from "./checkpoint-writer.js";

export interface AtLeastOnceOptions {
  readonly stepTimeoutMs: number;
  readonly topics: CheckpointTopics;
  readonly crashPoints: CrashPoints;
  /** The wall clock, epoch ms: for the timestamps of changelog records. */
  readonly now: () => number;
}

/** What offsets say that were committed outside of a transaction: that they may be behind the changelog. */
export const AT_LEAST_ONCE_METADATA = "at_least_once";
const CHANNEL = "at-least-once-offsets";

export class AtLeastOnceWriter implements CheckpointWriter {
  private constructor(
    private readonly cluster: Cluster,
    private readonly writer: IdempotentWriter,
    private readonly options: AtLeastOnceOptions,
  ) {}

  /** @throws WireError */
  static async open(cluster: Cluster, options: AtLeastOnceOptions): Promise<AtLeastOnceWriter> {
    const { stepTimeoutMs } = options;
    const writer = await IdempotentWriter.open(cluster, {
      deliveryTimeoutMs: stepTimeoutMs,
      initTimeoutMs: stepTimeoutMs,
      maxRecordBytes: MAX_RECORD_BYTES,
    });
    options.crashPoints.hit("kafka.after-fence");
    return new AtLeastOnceWriter(cluster, writer, options);
  }

  get failure(): WireError | null {
    return this.writer.failure;
  }

  async commit(member: GroupMember, parts: readonly TaskPart[]): Promise<ChangelogEnds> {
    const { topics, crashPoints, now, stepTimeoutMs } = this.options;
    const { changelog } = topics;
    crashPoints.hit("kafka.before-begin");
    await Promise.all(outputRequests(parts, topics).map((request) => this.writer.send(request)));
    const nowMs = now();
    const rows =
      changelog === null ? [] : parts.map((part) => this.writer.send(changelogRequest(part, changelog, nowMs)));
    const written = await Promise.all(rows);
    crashPoints.hit("kafka.before-commit");
    const offsets = groupOffsets(parts, AT_LEAST_ONCE_METADATA);
    await commitOffsets(this.cluster, member, offsets, { deadline: new Deadline(stepTimeoutMs), channel: CHANNEL });
    crashPoints.hit("kafka.after-commit");
    return changelogEnds(parts, written);
  }

  close(): Promise<void> {
    return this.writer.close();
  }
}
