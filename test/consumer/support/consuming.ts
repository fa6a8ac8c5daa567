/** Consumers under test on a real broker: topics with queue assignments in them, and what a consumer makes of them. */
import { Kafka as KafkaJs, logLevel } from "kafkajs";
import { onTestFinished } from "vitest";
import {
  type AssignmentChange,
  type ConsumeOptions,
  type ConversationState,
  consumeAssignments,
  memoryStore,
  type Progress,
  type RunningConsumer,
  type SkippedRecord,
  type VersionStore,
} from "../../../consumer/index.js";
import type { QueueAssignment } from "../../../schemas/index.js";
import { createTopic, settled, type TopicSettings } from "../../runtime/kafka/wire/support/wire.js";
import { type Servers, uniqueTopic, until } from "../../support/kafka/index.js";
import { patient } from "../../support/patience.js";
import { SCHEMAS, toWrite } from "./assignments.js";

const WITHIN_MS = 20_000;

/** Versions and a table that outlive the consumers of a test, as a database would. */
export interface Database extends VersionStore<undefined> {
  readonly table: ReadonlyMap<string, ConversationState>;
}

export function database(): Database {
  const { transaction, states } = memoryStore();
  return { durable: true, transaction, table: states };
}

export interface Consumption {
  readonly consumer: RunningConsumer;
  /** In the order in which they were applied. */
  readonly changes: readonly AssignmentChange[];
  readonly skipped: readonly SkippedRecord[];
  readonly progress: readonly Progress[];
  /** How it has ended; undefined while it has not. */
  readonly outcome: () => Error | null | undefined;
  /** @throws when it is not so in time */
  until(what: string, condition: () => boolean | Promise<boolean>): Promise<void>;
  /** Waits until it has ended with an error. */
  failure(): Promise<Error>;
}

type Given = Partial<Omit<ConsumeOptions<undefined>, "apply" | "applyBatch">> & {
  readonly topic: string;
  /** In place of an effect; the changes are kept beside it. */
  readonly apply?: ConsumeOptions<undefined>["apply"];
  readonly applyBatch?: ConsumeOptions<undefined>["applyBatch"];
};

export class ConsumerBed {
  constructor(private readonly servers: Servers) {}

  topic(partitions = 1, config: TopicSettings["config"] = {}): Promise<string> {
    return createTopic(this.servers.kafka.bootstrap, uniqueTopic("assignments"), { partitions, config });
  }

  /** To partition 0, or the one given. */
  async write(topic: string, records: readonly QueueAssignment[], partition = 0): Promise<void> {
    await this.servers.independentClient.produce({ topic, partition, records: records.map((one) => toWrite(one)) });
  }

  /**
   * What the group has committed: partition to offset. Asked by kafkajs: librdkafka's Python reads beyond the end of what is
   * written beside an offset, and fails now and then.
   */
  async committed(groupId: string): Promise<Record<number, number>> {
    const admin = new KafkaJs({ brokers: [this.servers.kafka.bootstrap], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    try {
      const [topic] = await admin.fetchOffsets({ groupId });
      return Object.fromEntries((topic?.partitions ?? []).map(({ partition, offset }) => [partition, Number(offset)]));
    } finally {
      await admin.disconnect();
    }
  }

  options({ apply, applyBatch, ...given }: Given, changes: AssignmentChange[] = []): ConsumeOptions<undefined> {
    const common = {
      brokers: this.servers.kafka.bootstrap,
      groupId: uniqueTopic("group"),
      registry: SCHEMAS,
      store: database(),
      sessionTimeoutMs: 6_000,
      commitIntervalMs: 20,
      ...given,
    };
    if (applyBatch !== undefined)
      return {
        ...common,
        applyBatch: async (batch, context) => {
          await applyBatch(batch, context);
          changes.push(...batch);
        },
      };
    return {
      ...common,
      apply: async (change, context) => {
        await apply?.(change, context);
        changes.push(change);
      },
    };
  }

  /** Stopped at the end of the test. */
  async consume(given: Given): Promise<Consumption> {
    const changes: AssignmentChange[] = [];
    const skipped: SkippedRecord[] = [];
    const progress: Progress[] = [];
    const consumer = await consumeAssignments({
      onSkipped: (one) => skipped.push(one),
      onProgress: (one) => progress.push(one),
      ...this.options(given, changes),
    });
    let outcome: Error | null | undefined;
    const ended = settled(consumer.ended).then((result) => {
      outcome = result instanceof Error ? result : null;
      return outcome;
    });
    onTestFinished(async () => void (await settled(consumer.stop())));
    const untilSo = async (what: string, condition: () => boolean | Promise<boolean>) => {
      const so = async () => outcome instanceof Error || (await condition());
      if (!(await until(so, patient(WITHIN_MS), 10))) throw new Error(`not within ${patient(WITHIN_MS)} ms: ${what}`);
      if (outcome instanceof Error) throw outcome;
    };
    return {
      consumer,
      changes,
      skipped,
      progress,
      outcome: () => outcome,
      until: untilSo,
      async failure() {
        if (!(await until(() => outcome !== undefined, patient(WITHIN_MS), 10))) throw new Error("it has not ended");
        const error = await ended;
        if (error === null) throw new Error("it has stopped without an error");
        return error;
      },
    };
  }
}

/** The offsets that were applied. */
export function offsets({ changes }: Consumption): number[] {
  return changes.map(({ record }) => record.offset);
}
