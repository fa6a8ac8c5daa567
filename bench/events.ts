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

/** A million of them: kept in arrays of numbers, or the benchmark's memory would be that of its input. */
class Conversations {
  private readonly revisions: Uint32Array;
  private readonly workItemRevisions: Uint32Array;

  constructor(readonly count: number) {
    this.revisions = new Uint32Array(count).fill(10);
    this.workItemRevisions = new Uint32Array(count);
  }

  revision(index: number): number {
    return this.revisions[index] ?? 0;
  }

  nextRevision(index: number): number {
    this.revisions[index] = this.revision(index) + 1;
    return this.revision(index);
  }

  nextWorkItemRevision(index: number): number {
    const revision = (this.workItemRevisions[index] ?? 0) + 1;
    this.workItemRevisions[index] = revision;
    return revision;
  }
}

/** An endless stream of events in the order in which they happened. */
export function* events(mix: EventMix): Generator<JoinedEvent, never> {
  const random = seededRandom(mix.seed);
  const tenant = hexId(random);
  const queues: Target[] = Array.from({ length: QUEUES }, () => ({ type: "QUEUE", id: hexId(random) }));
  const conversations = new Conversations(mix.conversations);
  for (let count = 0; ; count++) {
    // In turn first, so that all of them are there as early as can be.
    const index = count < mix.conversations ? count : Math.floor(random() * mix.conversations);
    const changes = random() < mix.queueChanges;
    const queueChange = changes ? { target: random() < 0.1 ? null : pick(queues, random) } : null;
    const shared = {
      source: "kustomer",
      tenant,
      conversationId: idOf("conversation", index),
      eventId: hexId(random),
      queueChange,
      isSync: changes && random() < 0.2,
      client: "routing-worker",
      occurredAt: START_MS + count,
      traceId: String(Math.floor(random() * 2 ** 53)),
    };
    if (random() < mix.workItemEvents) {
      yield { kind: "work-item", event: workItemEvent(conversations, index, shared, random) };
    } else {
      yield { kind: "conversation", event: conversationEvent(conversations, index, shared) };
    }
  }
}

/** 24 hexadecimal digits, the same each time. */
export function idOf(kind: "conversation" | "work-item", index: number): string {
  return (kind === "conversation" ? "c" : "d") + index.toString(16).padStart(23, "0");
}

type SharedFields = Pick<
  ConversationEvent & WorkItemEvent,
  "source" | "tenant" | "conversationId" | "eventId" | "queueChange" | "isSync" | "client" | "occurredAt" | "traceId"
>;

function conversationEvent(conversations: Conversations, index: number, shared: SharedFields): ConversationEvent {
  return {
    ...shared,
    revision: conversations.nextRevision(index),
    orderedAt: null,
    lifecycleChange: null,
    isDeletion: false,
    persisted: true,
    isAudit: false,
    snapshotTarget: shared.queueChange?.target ?? null,
    preconditionRevision: null,
  };
}

function workItemEvent(
  conversations: Conversations,
  index: number,
  shared: SharedFields,
  random: () => number,
): WorkItemEvent {
  return {
    ...shared,
    workItemId: idOf("work-item", index),
    workItemNumber: 1,
    revision: conversations.nextWorkItemRevision(index),
    basis: random() < 0.7 ? Math.max(0, conversations.revision(index) - Math.floor(random() * 5)) : null,
    resourceRevision: 11,
    completed: false,
  };
}

function pick<Item>(items: readonly Item[], random: () => number): Item {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error("nothing to pick from");
  return item;
}
