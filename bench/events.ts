/** Normalised events for benchmarks: many conversations, rising revisions, a share of queue changes, both streams. */
import type { ConversationEvent, Target, WorkItemEvent } from "../schemas/types.js";
import { hexId, seededRandom } from "./random.js";

export type JoinedEvent =
  | { readonly kind: "conversation"; readonly event: ConversationEvent }
  | { readonly kind: "work-item"; readonly event: WorkItemEvent };

export interface EventMix {
  readonly conversations: number;
  /** The share of events that change the queue. */
  readonly queueChanges: number;
  /** The share of events that are of a work item. */
  readonly workItemEvents: number;
  readonly seed: number;
}

const QUEUES = 20;
const START_MS = 1_646_165_674_000;

interface Conversation {
  readonly id: string;
  readonly workItemId: string;
  revision: number;
  workItemRevision: number;
}

/** An endless stream of events in the order in which they happened. */
export function* events(mix: EventMix): Generator<JoinedEvent, never> {
  const random = seededRandom(mix.seed);
  const tenant = hexId(random);
  const queues: Target[] = Array.from({ length: QUEUES }, () => ({ type: "QUEUE", id: hexId(random) }));
  const conversations: Conversation[] = Array.from({ length: mix.conversations }, () => ({
    id: hexId(random),
    workItemId: hexId(random),
    revision: 10,
    workItemRevision: 0,
  }));
  for (let count = 0; ; count++) {
    const conversation = pick(conversations, random);
    const changes = random() < mix.queueChanges;
    const queueChange = changes ? { target: random() < 0.1 ? null : pick(queues, random) } : null;
    const shared = {
      source: "kustomer",
      tenant,
      conversationId: conversation.id,
      eventId: hexId(random),
      queueChange,
      isSync: changes && random() < 0.2,
      client: "routing-worker",
      occurredAt: START_MS + count,
      traceId: String(Math.floor(random() * 2 ** 53)),
    };
    if (random() < mix.workItemEvents) yield { kind: "work-item", event: workItemEvent(conversation, shared, random) };
    else yield { kind: "conversation", event: conversationEvent(conversation, shared) };
  }
}

type SharedFields = Pick<
  ConversationEvent & WorkItemEvent,
  "source" | "tenant" | "conversationId" | "eventId" | "queueChange" | "isSync" | "client" | "occurredAt" | "traceId"
>;

function conversationEvent(conversation: Conversation, shared: SharedFields): ConversationEvent {
  conversation.revision += 1;
  return {
    ...shared,
    revision: conversation.revision,
    orderedAt: null,
    lifecycleChange: null,
    isDeletion: false,
    persisted: true,
    isAudit: false,
    snapshotTarget: shared.queueChange?.target ?? null,
    preconditionRevision: null,
  };
}

function workItemEvent(conversation: Conversation, shared: SharedFields, random: () => number): WorkItemEvent {
  conversation.workItemRevision += 1;
  return {
    ...shared,
    workItemId: conversation.workItemId,
    workItemNumber: 1,
    revision: conversation.workItemRevision,
    basis: random() < 0.7 ? Math.max(0, conversation.revision - Math.floor(random() * 5)) : null,
    resourceRevision: 11,
    completed: false,
  };
}

function pick<Item>(items: readonly Item[], random: () => number): Item {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error("nothing to pick from");
  return item;
}
