/** Exactly once: outputs, rows, positions and the group's offsets in one transaction. */
import type { CrashPoints } from "../../crash-points.js";
import { MAX_RECORD_BYTES } from "../runner-ports.js";
import { type Cluster, type GroupMember, TransactionalWriter, type WireError } from "../wire/index.js";
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

export interface ExactlyOnceOptions {
  readonly transactionalId: string;
  /** After which the brokers abort a transaction that does not end: readers wait for so long behind one of a dead instance. */
  readonly transactionTimeoutMs: number;
  /** For each step of a transaction, and for records to be acknowledged. */
  readonly stepTimeoutMs: number;
  readonly topics: CheckpointTopics;
  readonly crashPoints: CrashPoints;
  /** The wall clock, epoch ms: for the timestamps of changelog records. */
  readonly now: () => number;
}

/** What offsets that were committed in a transaction say of it. */
const EXACTLY_ONCE_METADATA = "";

export class ExactlyOnceWriter implements CheckpointWriter {
  private constructor(
    private readonly writer: TransactionalWriter,
    private readonly options: ExactlyOnceOptions,
  ) {}

  /** Fences what wrote under this id before, and ends its transaction. @throws WireError */
  static async open(cluster: Cluster, options: ExactlyOnceOptions): Promise<ExactlyOnceWriter> {
    const { transactionalId, transactionTimeoutMs, stepTimeoutMs, crashPoints } = options;
    const writer = await TransactionalWriter.open(cluster, {
      transactionalId,
      transactionTimeoutMs,
      stepTimeoutMs,
      deliveryTimeoutMs: stepTimeoutMs,
      maxRecordBytes: MAX_RECORD_BYTES,
    });
    crashPoints.hit("kafka.after-fence");
    return new ExactlyOnceWriter(writer, options);
  }

  get failure(): WireError | null {
    return this.writer.failure;
  }

  async commit(member: GroupMember, parts: readonly TaskPart[]): Promise<ChangelogEnds> {
    const { topics, crashPoints, now } = this.options;
    const { changelog } = topics;
    crashPoints.hit("kafka.before-begin");
    this.writer.begin();
    // First of all, so that a member that is none any more is told before much is written.
    const offsets = this.writer
      .sendOffsets({ ...member, offsets: groupOffsets(parts, EXACTLY_ONCE_METADATA) })
      .then(() => crashPoints.hit("kafka.after-offsets"));
    const outputs = outputRequests(parts, topics).map((request) => this.writer.send(request));
    const nowMs = now();
    const rows =
      changelog === null ? [] : parts.map((part) => this.writer.send(changelogRequest(part, changelog, nowMs)));
    const [, , written] = await Promise.all([offsets, Promise.all(outputs), Promise.all(rows)]);
    crashPoints.hit("kafka.before-commit");
    await this.writer.commit();
    crashPoints.hit("kafka.after-commit");
    return changelogEnds(parts, written);
  }

  close(): Promise<void> {
    return this.writer.close();
  }
}
