/** Short constructors of joined events for tests: what a test does not name is absent. */
import type { ConversationEvent, QueueChange, Target, WorkItemEvent } from "../../schemas/types.js";

/** An event of one of the two joined streams. */
export type JoinedEvent =
  | { readonly kind: "conversation"; readonly event: ConversationEvent }
  | { readonly kind: "work-item"; readonly event: WorkItemEvent };

export const Q1: Target = { type: "QUEUE", id: "Q1" };
export const Q2: Target = { type: "QUEUE", id: "Q2" };
export const Q3: Target = { type: "QUEUE", id: "Q3" };

export const TO_Q1: QueueChange = { target: Q1 };
export const TO_Q2: QueueChange = { target: Q2 };
export const TO_Q3: QueueChange = { target: Q3 };
export const TO_NOBODY: QueueChange = { target: null };

const COMMON = {
  source: "kustomer",
  tenant: "t",
  conversationId: "c",
  eventId: "",
  queueChange: null,
  isSync: false,
  client: null,
  occurredAt: 0,
  traceId: null,
};

/** Defaults are whole objects: spreading one object over another of the same shape is what V8 does fast. */
const CONVERSATION_EVENT: ConversationEvent = {
  ...COMMON,
  revision: null,
  orderedAt: null,
  lifecycleChange: null,
  isDeletion: false,
  persisted: true,
  isAudit: false,
  snapshotTarget: null,
  preconditionRevision: null,
};

const WORK_ITEM_EVENT: WorkItemEvent = {
  ...COMMON,
  workItemId: "",
  workItemNumber: 1,
  revision: 0,
  basis: null,
  resourceRevision: null,
  completed: false,
};

/** An event of the conversation stream. */
export function conversation(fields: Pick<ConversationEvent, "eventId"> & Partial<ConversationEvent>): JoinedEvent {
  return { kind: "conversation", event: { ...CONVERSATION_EVENT, ...fields } };
}

/** An event of the work-item stream; of work item 1 when no number is named. */
export function workItem(fields: Pick<WorkItemEvent, "eventId" | "revision"> & Partial<WorkItemEvent>): JoinedEvent {
  const workItemId = `work-item-${fields.workItemNumber ?? 1}`;
  return { kind: "work-item", event: { ...WORK_ITEM_EVENT, workItemId, ...fields } };
}
