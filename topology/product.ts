/** The product's own topology: normalise, and ratchet. */
import {
  assignmentExpiry,
  conversationRatchet,
  type NormaliseOutcome,
  normaliser,
  type RatchetOutcome,
  workItemRatchet,
} from "../processors/index.js";
import { assignmentRowCodecFor } from "../schemas/row.js";
import type { EarlierRowRelease } from "../schemas/types.js";
import { TopologyBuilder } from "./builder.js";
import { DEAD_LETTER_PARTITIONS, type TopicNames, topicNames } from "./topics.js";
import type { TopicSpec, Topology } from "./topology.js";

export interface ProductSettings {
  readonly applicationId: string;
  readonly topicPrefix: string;
  /** One count for all topics but the dead letters. */
  readonly partitions: number;
  /** The tenant of documents that carry none; null when none is configured. */
  readonly tenant: string | null;
  readonly workItemStream: "present" | "absent";
  /** After which conversations that are closed or deleted are forgotten, by the stream's time; null or absent: never. */
  readonly forgetAfterMs?: number | null;
  /** `ignore` in a replay: what it reads was asked for of the live tasks. Default: execute. */
  readonly controlRecords?: "execute" | "ignore";
  /** Rows are written so that instances of this release can take tasks over; null or absent: in the present version. */
  readonly upgradeFrom?: EarlierRowRelease | null;
}

/** What the product's processors tell observers about a record. */
export type ProductOutcome = NormaliseOutcome | RatchetOutcome;

/** The largest body that may come in by a webhook, and its headers; a dead letter has some more. */
const LARGEST_BODY_BYTES = 2 * 1024 * 1024;
const RAW_RECORD_BYTES = LARGEST_BODY_BYTES + 64 * 1024;
const DEAD_LETTER_BYTES = RAW_RECORD_BYTES + 64 * 1024;
/** Rows are bounded by count, not by size. */
const ROW_BYTES = 2 * 1024 * 1024;

export const NORMALISE = "normalise";
export const RATCHET = "ratchet";
export const ASSIGNMENT_STORE = "assignment-store";

const SINKS = {
  conversationEvents: "conversation-events-sink",
  workItemEvents: "work-item-events-sink",
  assignments: "queue-assignments-sink",
  decisions: "decisions-sink",
} as const;

/** @throws TopologyError when the settings do not make a topology that can be run. */
export function productTopology(settings: ProductSettings): Topology<ProductOutcome> {
  const topics = topicNames({ prefix: settings.topicPrefix, applicationId: settings.applicationId });
  const builder = new TopologyBuilder<ProductOutcome>();
  for (const topic of productTopics(topics, settings.partitions)) builder.topic(topic);
  addNormalise(builder, topics, settings);
  addRatchet(builder, topics, settings);
  return builder.build();
}

function productTopics(topics: TopicNames, partitions: number): TopicSpec[] {
  return [
    { name: topics.rawEvents, partitions, cleanup: "delete", maxRecordBytes: RAW_RECORD_BYTES },
    { name: topics.conversationEvents, partitions, cleanup: "delete" },
    { name: topics.workItemEvents, partitions, cleanup: "delete" },
    { name: topics.queueAssignments, partitions, cleanup: "compact" },
    { name: topics.decisions, partitions, cleanup: "delete" },
    {
      name: topics.deadLetters,
      partitions: DEAD_LETTER_PARTITIONS,
      cleanup: "delete",
      maxRecordBytes: DEAD_LETTER_BYTES,
    },
    { name: topics.changelog, partitions, cleanup: "compact", maxRecordBytes: ROW_BYTES },
  ];
}

function addNormalise(builder: TopologyBuilder<ProductOutcome>, topics: TopicNames, { tenant }: ProductSettings): void {
  builder
    .subTopology(NORMALISE)
    .source({ name: "raw-events-source", topic: topics.rawEvents, value: "bytes" })
    .processor({
      name: "normaliser",
      parents: ["raw-events-source"],
      input: "bytes",
      processor: normaliser(SINKS, { tenant }),
    })
    .sink({
      name: SINKS.conversationEvents,
      parents: ["normaliser"],
      topic: topics.conversationEvents,
      value: "ConversationEvent",
    })
    .sink({ name: SINKS.workItemEvents, parents: ["normaliser"], topic: topics.workItemEvents, value: "WorkItemEvent" })
    .deadLetters({ name: "unreadable-sink", parents: ["normaliser"], topic: topics.deadLetters });
}

function addRatchet(
  builder: TopologyBuilder<ProductOutcome>,
  topics: TopicNames,
  { workItemStream, forgetAfterMs = null, controlRecords = "execute", upgradeFrom = null }: ProductSettings,
): void {
  const ratchets = ["conversation-ratchet", "work-item-ratchet"] as const;
  const [conversation, workItem] = ratchets;
  builder
    .subTopology(RATCHET)
    .source({ name: "conversation-events-source", topic: topics.conversationEvents, value: "ConversationEvent" })
    .source({ name: "work-item-events-source", topic: topics.workItemEvents, value: "WorkItemEvent" })
    .processor({
      name: conversation,
      parents: ["conversation-events-source"],
      input: "ConversationEvent",
      processor: conversationRatchet(ASSIGNMENT_STORE, SINKS, { workItemStream, controlRecords }),
    })
    .processor({
      name: workItem,
      parents: ["work-item-events-source"],
      input: "WorkItemEvent",
      processor: workItemRatchet(ASSIGNMENT_STORE, SINKS, { workItemStream }),
    })
    .store({
      name: ASSIGNMENT_STORE,
      processors: ratchets,
      changelogTopic: topics.changelog,
      codec: assignmentRowCodecFor(upgradeFrom),
      ...(forgetAfterMs === null ? {} : { expiry: assignmentExpiry(forgetAfterMs) }),
    })
    .sink({ name: SINKS.assignments, parents: ratchets, topic: topics.queueAssignments, value: "QueueAssignment" })
    .sink({ name: SINKS.decisions, parents: ratchets, topic: topics.decisions, value: "AssignmentDecision" })
    .deadLetters({
      name: "refused-sink",
      parents: ["conversation-events-source", "work-item-events-source", ...ratchets],
      topic: topics.deadLetters,
    });
}
