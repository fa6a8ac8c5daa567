/** Events of the joined streams as the webhook bodies that Kustomer would have sent for them. */
import type { ConversationEvent, Lifecycle, QueueChange, Target, WorkItemEvent } from "../../../../schemas/index.js";
import type { JoinedEvent } from "../../../oracle/oracle.js";

const STATUSES: Readonly<Record<Lifecycle, string | null>> = {
  OPEN: "open",
  SNOOZED: "snoozed",
  CLOSED: "done",
  DELETED: null,
};

export function kustomerBody(joined: JoinedEvent): string {
  return JSON.stringify(joined.kind === "conversation" ? conversationBody(joined.event) : workItemBody(joined.event));
}

function conversationBody(event: ConversationEvent): object {
  const { lifecycleChange } = event;
  return {
    ...stampOf(event),
    name: event.isDeletion ? "kustomer.conversation.delete" : "kustomer.conversation.update",
    persist: event.persisted,
    data: { id: event.conversationId, attributes: { rev: event.revision } },
    changes: {
      attributes: lifecycleChange === null ? {} : { status: { op: "replace", after: STATUSES[lifecycleChange] } },
      relationships: relationshipsOf(event.queueChange),
    },
  };
}

function workItemBody(event: WorkItemEvent): object {
  return {
    ...stampOf(event),
    name: "kustomer.work-item.update",
    data: {
      id: event.workItemId,
      attributes: {
        resourceType: "conversation",
        rev: event.revision,
        workItemNumber: event.workItemNumber,
        resourceRev: event.resourceRevision,
        status: "queued",
      },
      relationships: { resource: { data: { type: "conversation", id: event.conversationId } } },
    },
    changes: {
      attributes: event.completed ? { status: { op: "replace", after: "completed" } } : {},
      relationships: relationshipsOf(event.queueChange),
    },
    routingReasons: event.basis === null ? [] : [{ meta: { conversationRev: event.basis } }],
  };
}

function stampOf({ eventId, tenant, occurredAt, isSync }: ConversationEvent | WorkItemEvent): object {
  return { id: eventId, org: tenant, createdAt: new Date(occurredAt).toISOString(), isSync };
}

function relationshipsOf(change: QueueChange | null): object {
  return change === null ? {} : { queue: { op: "replace", before: null, after: relationOf(change.target) } };
}

function relationOf(target: Target | null): object | null {
  return target === null ? null : { data: { type: "queue", id: target.id } };
}
