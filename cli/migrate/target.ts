/**
 * The new application on Kafka. All rows, and behind them the positions of each partition, go into its changelog in one transaction:
 * there is no half of it that anybody could take for the whole. An instance that is started meanwhile ends it, and it fails.
 */
import type { CrashPoints } from "../../runtime/crash-points.js";
import { POSITIONS_KEY } from "../../runtime/kafka/commit/checkpoint-writer.js";
import { groupIdOf, MAX_RECORD_BYTES } from "../../runtime/kafka/runner-ports.js";
import { KafkaTopicLog } from "../../runtime/kafka/topic-log.js";
import { mustFit } from "../../runtime/kafka/topics.js";
import {
  Cluster,
  committedOffsets,
  Deadline,
  describeGroup,
  TransactionalWriter,
  type WriteRequest,
} from "../../runtime/kafka/wire/index.js";
import { pagesOf } from "../../runtime/queries/index.js";
import { encodeText } from "../../runtime/task/index.js";
import { positionsCodec } from "../../schemas/index.js";
import type { SourcePosition } from "../../schemas/types.js";
import { NORMALISE, RATCHET, type TopicNames, topicNames } from "../../topology/index.js";
import { FailedError } from "../errors.js";
import { clusterOptions } from "../kafka/connection.js";
import { printable } from "../output/text.js";
import { reportTopics } from "../topics/index.js";
import type { CarriedRows } from "./carried-rows.js";
import type { MigrateSettings } from "./settings.js";

export interface TargetPorts {
  readonly crashPoints: CrashPoints;
  readonly progress: (rows: number) => void;
  /** The last look at the application that is left, before it is all committed. @throws FailedError: nothing is written */
  readonly mustBeQuiet: () => Promise<void>;
}

const REACHED_WITHIN_MS = 10_000;
const STEP_WITHIN_MS = 60_000;
/** What brokers allow by default: all rows have to be written by then. */
const TRANSACTION_TIMEOUT_MS = 15 * 60_000;
const CHANNEL = "migrate";

export class MigrationTarget {
  private readonly topics: TopicNames;

  private constructor(
    private readonly settings: MigrateSettings,
    private readonly cluster: Cluster,
    private readonly log: KafkaTopicLog,
  ) {
    const { applicationId, topicPrefix: prefix } = settings;
    this.topics = topicNames({ prefix, applicationId });
  }

  /** Connects to nothing yet. @throws UsageError */
  static async open(settings: MigrateSettings): Promise<MigrationTarget> {
    const cluster = new Cluster({
      ...(await clusterOptions(settings)),
      clientId: settings.applicationId,
      connectTimeoutMs: REACHED_WITHIN_MS,
      requestTimeoutMs: REACHED_WITHIN_MS,
    });
    return new MigrationTarget(settings, cluster, new KafkaTopicLog(cluster));
  }

  clusterId(): Promise<string> {
    return this.cluster.clusterId(new Deadline(REACHED_WITHIN_MS));
  }

  /**
   * Makes the topics that are missing, unless it is only to be said what would be done.
   * @returns whether they are all there. @throws TopicsError for those that do not fit; FailedError, WireError
   */
  async prepareTopics({ create }: { readonly create: boolean }): Promise<boolean> {
    const reports = await reportTopics(this.settings, { create });
    const isThere = reports.every(({ outcome }) => outcome !== "missing");
    if (create || isThere) mustFit(reports);
    return isThere;
  }

  /** @throws FailedError when it has a state, or somebody runs it; WireError */
  async mustBeNew(): Promise<void> {
    const { rawEvents, conversationEvents, workItemEvents, changelog } = this.topics;
    await this.mustNotRun();
    for (const [subTopology, topics] of [
      [NORMALISE, [rawEvents]],
      [RATCHET, [conversationEvents, workItemEvents]],
    ] as const) {
      const groupId = groupIdOf(this.settings.applicationId, subTopology);
      const places = topics.flatMap((topic) => this.partitions.map((partition) => ({ topic, partition })));
      const committed = await committedOffsets(this.cluster, groupId, places, this.admin());
      const first = committed.find(({ offset }) => offset !== null);
      if (first !== undefined)
        throw this.notNew(`group ${groupId} has committed offset ${first.offset} of ${first.topic}-${first.partition}`);
    }
    for (const partition of this.partitions)
      if (await this.hasRecords(changelog, partition))
        throw this.notNew(`its changelog ${changelog}-${partition} has records`);
  }

  /** How many records wait in its input, which it will process from their beginning on. */
  async waiting(): Promise<number> {
    const { rawEvents, conversationEvents, workItemEvents } = this.topics;
    let waiting = 0;
    for (const topic of [rawEvents, conversationEvents, workItemEvents])
      for (const partition of this.partitions) {
        const toOffset = await this.log.endOffset(topic, partition);
        for await (const page of pagesOf(this.log, { topic, partition, fromOffset: 0, toOffset }))
          waiting += page.length;
      }
    return waiting;
  }

  /**
   * All of it, or nothing. Whoever did the same before and was stopped in the middle is fenced, and nothing of his stays.
   * @throws FailedError when it is not new, or was started meanwhile, or what `mustBeQuiet` throws: nothing is written;
   * OutcomeUnknownError when it may be there or not; other WireErrors: nothing is written
   */
  async write(carried: CarriedRows, ports: TargetPorts): Promise<void> {
    const writer = await TransactionalWriter.open(this.cluster, {
      // As those of instances begin: one that is started ends what was left open by a migration that was killed.
      transactionalId: `${groupIdOf(this.settings.applicationId, RATCHET)}-migrate`,
      transactionTimeoutMs: TRANSACTION_TIMEOUT_MS,
      stepTimeoutMs: STEP_WITHIN_MS,
      maxRecordBytes: MAX_RECORD_BYTES,
    });
    try {
      // Behind the fence: nobody else can make it another one any more.
      await this.mustBeNew();
      writer.begin();
      try {
        await this.send(writer, carried, ports);
        await ports.mustBeQuiet();
        await this.mustNotRun();
      } catch (error) {
        // One that has failed is ended by the brokers.
        if (writer.failure === null) await writer.abort();
        throw error;
      }
      ports.crashPoints.hit("migrate.before-commit");
      await writer.commit();
    } finally {
      await writer.close();
    }
  }

  async close(): Promise<void> {
    await this.log.close();
    await this.cluster.close();
  }

  private get partitions(): readonly number[] {
    return Array.from({ length: this.settings.partitions }, (_, partition) => partition);
  }

  private async send(writer: TransactionalWriter, carried: CarriedRows, { crashPoints, progress }: TargetPorts) {
    let written = 0;
    for (const partition of this.partitions) {
      const rows = carried.pages(partition);
      for (;;) {
        const { done, value } = await rows.next();
        if (done) {
          const positions = { checkpoint: 1, positions: await this.beginnings(partition), counters: value };
          await writer.send(this.request(partition, [[POSITIONS_KEY, positionsCodec.encode(positions)]]));
          break;
        }
        await writer.send(
          this.request(
            partition,
            value.map(({ key, row }) => [encodeText(key), row]),
          ),
        );
        written += value.length;
        progress(written);
        crashPoints.hit("migrate.rows-written");
      }
    }
  }

  /** Nothing of what waits in the new application's input is left out: an event that the rows know of changes nothing. */
  private async beginnings(partition: number): Promise<SourcePosition[]> {
    const { conversationEvents, workItemEvents } = this.topics;
    const begin = async (topic: string) => ({
      topic,
      partition,
      offset: await this.log.startOffset(topic, partition),
    });
    return Promise.all([conversationEvents, workItemEvents].map(begin));
  }

  private request(partition: number, records: readonly (readonly [Uint8Array, Uint8Array])[]): WriteRequest {
    const timestamp = Date.now();
    return {
      topic: this.topics.changelog,
      partition,
      records: records.map(([key, value]) => ({ timestamp, key, value, headers: [] })),
    };
  }

  private async mustNotRun(): Promise<void> {
    for (const subTopology of [NORMALISE, RATCHET]) {
      const groupId = groupIdOf(this.settings.applicationId, subTopology);
      const { members } = await describeGroup(this.cluster, groupId, this.admin());
      if (members.length > 0) throw this.notNew(`an instance of it runs: group ${groupId} has members`);
    }
  }

  /** Committed ones: of a migration that was stopped in the middle there are none. */
  private async hasRecords(topic: string, partition: number): Promise<boolean> {
    const toOffset = await this.log.endOffset(topic, partition);
    for await (const page of pagesOf(this.log, { topic, partition, fromOffset: 0, toOffset }))
      if (page.length > 0) return true;
    return false;
  }

  private notNew(why: string): FailedError {
    return new FailedError(
      `the application ${printable(this.settings.applicationId)} is not new: ${printable(why)}. Nothing was carried over: choose another with --to-application-id and --to-topic-prefix, or remove what it has with \`queue-ratchet reset\``,
    );
  }

  private admin() {
    return { deadline: new Deadline(STEP_WITHIN_MS), channel: CHANNEL };
  }
}
