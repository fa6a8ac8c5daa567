/** Kustomer's conversation events. */
import { z } from "zod";
import type { ConversationEvent, Lifecycle, QueueChange } from "../../schemas/types.js";
import { type Refusal, refusal } from "../refusal.js";
import { id, integer } from "./fields.js";
import {
  type EventContext,
  type EventKind,
  queueRelation,
  queueRelationChange,
  SOURCE,
  stamp,
  targetOf,
  tenantOf,
} from "./kustomer-event.js";
import { refusedReading } from "./readings.js";
import type { Reading } from "./source.js";
import { validate } from "./validate.js";

export const CONVERSATION_EVENTS: ReadonlyMap<string, EventKind> = new Map([
  ["kustomer.conversation.create", "create"],
  ["kustomer.conversation.update", "update"],
  ["kustomer.conversation.delete", "delete"],
]);

const LIFECYCLES: ReadonlyMap<string, Lifecycle> = new Map([
  ["open", "OPEN"],
  ["snoozed", "SNOOZED"],
  ["done", "CLOSED"],
]);

const status = z.string().nullish();
const rev = integer.nullish();
const relationships = z.object({ queue: queueRelation }).nullish();
const revChange = z.object({ after: rev }).nullish();
const onlyRevChanges = z.object({ attributes: z.object({ rev: revChange }).nullish() }).nullish();

const updated = z.object({
  ...stamp,
  data: z.object({ id, attributes: z.object({ rev }).nullish(), relationships }),
  changes: z
    .object({
      attributes: z.object({ rev: revChange, status: z.object({ after: status }).nullish() }).nullish(),
      relationships: z.object({ queue: queueRelationChange }).nullish(),
    })
    .nullish(),
});

const created = z.object({
  ...stamp,
  data: z.object({ id, attributes: z.object({ rev, status }).nullish(), relationships }),
  changes: onlyRevChanges,
});

const deleted = z.object({
  ...stamp,
  data: z.object({ id, attributes: z.object({ rev }).nullish(), relationships }),
  changes: onlyRevChanges,
});

/** What is the same in all three. */
type Body = z.output<typeof deleted>;
type Changes = Pick<ConversationEvent, "queueChange" | "lifecycleChange" | "isDeletion">;

export function readConversation(kind: EventKind, event: object, context: EventContext): Reading {
  switch (kind) {
    case "create":
      return readCreate(event, context);
    case "update":
      return readUpdate(event, context);
    case "delete":
      return readDelete(event, context);
  }
}

/** The snapshot of a create is its change, for queue and status. */
function readCreate(event: object, context: EventContext): Reading {
  const body = validate(created, event);
  if (!body.ok) return refusedReading(SOURCE, body.refusal);
  const { attributes, relationships: related } = body.value.data;
  const target = targetOf(related?.queue);
  return readingOf(body.value, context, {
    queueChange: target === null ? null : { target },
    lifecycleChange: lifecycleOf(attributes?.status),
    isDeletion: false,
  });
}

function readUpdate(event: object, context: EventContext): Reading {
  const body = validate(updated, event);
  if (!body.ok) return refusedReading(SOURCE, body.refusal);
  const changes = body.value.changes;
  const queue = changes?.relationships?.queue;
  const queueChange: QueueChange | null = queue ? { target: targetOf(queue.after) } : null;
  const lifecycleChange = lifecycleOf(changes?.attributes?.status?.after);
  return readingOf(body.value, context, { queueChange, lifecycleChange, isDeletion: false });
}

function readDelete(event: object, context: EventContext): Reading {
  const body = validate(deleted, event);
  if (!body.ok) return refusedReading(SOURCE, body.refusal);
  return readingOf(body.value, context, { queueChange: null, lifecycleChange: null, isDeletion: true });
}

function readingOf(body: Body, { traceId, options }: EventContext, changes: Changes): Reading {
  const tenant = tenantOf(body.org, options);
  if (typeof tenant !== "string") return refusedReading(SOURCE, tenant);
  const revision = revisionOf(body, changes.isDeletion);
  if (revision !== null && typeof revision !== "number") return refusedReading(SOURCE, revision);
  return {
    kind: "conversation",
    event: {
      source: SOURCE,
      tenant,
      conversationId: body.data.id,
      eventId: body.id,
      revision,
      orderedAt: null,
      queueChange: changes.queueChange,
      lifecycleChange: changes.lifecycleChange,
      isSync: body.isSync ?? false,
      isDeletion: changes.isDeletion,
      persisted: body.persist ?? true,
      isAudit: false,
      client: body.client ?? null,
      occurredAt: body.createdAt ?? options.timestamp,
      traceId,
      snapshotTarget: targetOf(body.data.relationships?.queue),
      preconditionRevision: null,
    },
  };
}

/** The revision that the event says it made, in one place or two; only a deletion may say none. */
function revisionOf(body: Body, optional: boolean): number | null | Refusal {
  const shown = body.data.attributes?.rev ?? null;
  const changed = body.changes?.attributes?.rev?.after ?? null;
  if (shown !== null && changed !== null && shown !== changed) {
    return refusal("CONFLICTING_VALUES", "changes.attributes.rev.after", "differs from data.attributes.rev");
  }
  const revision = shown ?? changed;
  if (revision !== null || optional) return revision;
  return refusal("MISSING_FIELD", "data.attributes.rev", "expected a safe integer");
}

/** An unknown status decides nothing. */
function lifecycleOf(word: string | null | undefined): Lifecycle | null {
  return LIFECYCLES.get(word ?? "") ?? null;
}
