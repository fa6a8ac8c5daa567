/** Has tasks republish: writes the control records, and waits until they are executed. */
import { topicNames } from "../../topology/index.js";
import type { QueriesOf } from "../queries/index.js";
import { controlRecords } from "./control-records.js";
import { awaitExecution, type Written } from "./execution.js";
import type { RepublishPort, RepublishRequest, RepublishStep, RepublishTopics } from "./port.js";

export interface RepublishingOptions {
  /** The wall clock (epoch ms): for the timestamps of control records. Default: Date.now. */
  readonly now?: () => number;
}

export class Republishing implements RepublishPort {
  private readonly conversationEvents: string;
  private readonly queueAssignments: string;
  private readonly now: () => number;

  constructor(
    private readonly topics: RepublishTopics,
    { topicPrefix, applicationId }: Pick<QueriesOf, "topicPrefix" | "applicationId">,
    { now = Date.now }: RepublishingOptions = {},
  ) {
    const names = topicNames({ prefix: topicPrefix, applicationId });
    this.conversationEvents = names.conversationEvents;
    this.queueAssignments = names.queueAssignments;
    this.now = now;
  }

  /** @throws what the engine throws; NotExecutedError */
  async *republish(request: RepublishRequest): AsyncGenerator<RepublishStep> {
    const { topics, conversationEvents: topic, queueAssignments } = this;
    const partitions = topics.partitionsOf(topic) ?? 0;
    const records = controlRecords(request, { topic, partitions }, this.now());
    const written: Written[] = [];
    for (const [partition, ofPartition] of records) {
      if (!request.dryRun) {
        if (request.waitMs !== null) written.push(await this.ends(partition));
        await topics.append(ofPartition);
      }
      const outcome = request.dryRun ? "would-write" : "written";
      yield { kind: "control", outcome, topic, partition, records: ofPartition.length };
    }
    if (request.dryRun || request.waitMs === null) yield { kind: "end", republished: null };
    else yield* awaitExecution(topics, { topic, queueAssignments, written, waitMs: request.waitMs });
  }

  private async ends(partition: number): Promise<Written> {
    const { log } = this.topics;
    const [fromOffset, assignmentsFrom] = await Promise.all([
      log.endOffset(this.conversationEvents, partition),
      log.endOffset(this.queueAssignments, partition),
    ]);
    return { partition, fromOffset, assignmentsFrom };
  }
}
