/** Kustomer's work-item events. */
import { z } from "zod";
import type { QueueChange, WorkItemEvent } from "../../schemas/types.js";
import { type Refusal, refusal } from "../refusal.js";
import { anyArray, id, integer } from "./fields.js";
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

export const WORK_ITEM_EVENTS: ReadonlyMap<string, EventKind> = new Map([
  ["kustomer.work-item.create", "create"],
  ["kustomer.work-item.update", "update"],
]);

const IGNORED_LABEL = "work-item";
const COMPLETED = "completed";
const RESOURCE_TYPE_PATH = "data.relationships.resource.data.type";

const status = z.string().nullish();
const attributes = { status, rev: integer, workItemNumber: integer, resourceRev: integer.nullish() };
const resource = z.object({ data: z.object({ id, type: z.string().nullish() }) });

const head = z.object({ data: z.object({ attributes: z.object({ resourceType: z.string() }) }) });

const created = z.object({
  ...stamp,
  data: z.object({
    id,
    attributes: z.object(attributes),
    relationships: z.object({ resource, queue: queueRelation }),
  }),
  routingReasons: anyArray.nullish(),
});

const updated = z.object({
  ...stamp,
  data: z.object({ id, attributes: z.object(attributes), relationships: z.object({ resource }) }),
  changes: z
    .object({
      attributes: z.object({ status: z.object({ after: status }).nullish() }).nullish(),
      relationships: z.object({ queue: queueRelationChange }).nullish(),
    })
    .nullish(),
  routingReasons: anyArray.nullish(),
});

/** Why the routing worker did it; `meta` names the conversation revisions that it had seen. */
const routingReason = z.object({
  meta: z
    .object({
      conversationRev: integer.nullish(),
      data: z.object({ resource: z.object({ rev: integer.nullish() }).nullish() }).nullish(),
    })
    .nullish(),
});

/** What is the same in both. */
type Body = Pick<z.output<typeof updated>, keyof typeof stamp | "routingReasons" | "data">;
type Changes = Pick<WorkItemEvent, "queueChange" | "completed">;

/** A work item of something that is not a conversation may look any way: it is not looked at further. */
export function readWorkItem(kind: EventKind, event: object, context: EventContext): Reading {
  const resourceType = validate(head, event);
  if (!resourceType.ok) return refusedReading(SOURCE, resourceType.refusal);
  if (resourceType.value.data.attributes.resourceType !== "conversation") {
    return { kind: "ignored", source: SOURCE, event: IGNORED_LABEL };
  }
  return kind === "create" ? readCreate(event, context) : readUpdate(event, context);
}

/** The snapshot of a create is its change, and its `resourceRev` the conversation revision it was made from. */
function readCreate(event: object, context: EventContext): Reading {
  const body = validate(created, event);
  if (!body.ok) return refusedReading(SOURCE, body.refusal);
  const { attributes: shown, relationships } = body.value.data;
  const target = targetOf(relationships.queue);
  const queueChange: QueueChange | null = target === null ? null : { target };
  return readingOf(
    body.value,
    context,
    { queueChange, completed: shown.status === COMPLETED },
    shown.resourceRev ?? null,
  );
}

/** On an update `resourceRev` still shows the revision at the creation: no basis. */
function readUpdate(event: object, context: EventContext): Reading {
  const body = validate(updated, event);
  if (!body.ok) return refusedReading(SOURCE, body.refusal);
  const { changes, data } = body.value;
  const queue = changes?.relationships?.queue;
  const queueChange: QueueChange | null = queue ? { target: targetOf(queue.after) } : null;
  const statusAfter = changes?.attributes?.status?.after ?? data.attributes.status;
  return readingOf(body.value, context, { queueChange, completed: statusAfter === COMPLETED }, null);
}

function readingOf(
  body: Body,
  { traceId, options }: EventContext,
  changes: Changes,
  lastBasis: number | null,
): Reading {
  const tenant = tenantOf(body.org, options);
  if (typeof tenant !== "string") return refusedReading(SOURCE, tenant);
  const { id: workItemId, attributes: shown, relationships } = body.data;
  const conflict = conflictOf(relationships.resource.data.type ?? null);
  if (conflict !== null) return refusedReading(SOURCE, conflict);
  const basis = basisOf(body.routingReasons ?? []);
  if (basis !== null && typeof basis !== "number") return refusedReading(SOURCE, basis);
  // The contract has no such field here: what was never stored is left as evidence, without its changes.
  const persisted = body.persist ?? true;
  return {
    kind: "work-item",
    event: {
      source: SOURCE,
      tenant,
      conversationId: relationships.resource.data.id,
      eventId: body.id,
      workItemId,
      workItemNumber: shown.workItemNumber,
      revision: shown.rev,
      basis: basis ?? lastBasis,
      resourceRevision: shown.resourceRev ?? null,
      queueChange: persisted ? changes.queueChange : null,
      completed: persisted && changes.completed,
      isSync: body.isSync ?? false,
      client: body.client ?? null,
      occurredAt: body.createdAt ?? options.timestamp,
      traceId,
    },
  };
}

function conflictOf(type: string | null): Refusal | null {
  if (type === null || type === "conversation") return null;
  return refusal("CONFLICTING_VALUES", RESOURCE_TYPE_PATH, "differs from data.attributes.resourceType");
}

/** The basis that the reasons name (decision rule, section 2): the largest of the first kind that is there. */
function basisOf(reasons: readonly unknown[]): number | null | Refusal {
  let conversationRev: number | null = null;
  let resourceRev: number | null = null;
  for (let index = 0; index < reasons.length; index++) {
    const reason = validate(routingReason, reasons[index], `routingReasons[${index}]`);
    if (!reason.ok) return reason.refusal;
    const meta = reason.value.meta;
    conversationRev = larger(conversationRev, meta?.conversationRev);
    resourceRev = larger(resourceRev, meta?.data?.resource?.rev);
  }
  return conversationRev ?? resourceRev;
}

function larger(one: number | null, other: number | null | undefined): number | null {
  if (other === null || other === undefined) return one;
  return one === null ? other : Math.max(one, other);
}
