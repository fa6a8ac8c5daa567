/** Kustomer: unwraps the shapes in which its events come, reads the audit lines, and hands events to their readers. */
import { z } from "zod";
import { anyObject, id, idProblem, integer, tenant, time } from "./fields.js";
import { CONVERSATION_EVENTS, readConversation } from "./kustomer-conversation.js";
import { type EventContext, SOURCE, tenantOf } from "./kustomer-event.js";
import { readWorkItem, WORK_ITEM_EVENTS } from "./kustomer-work-item.js";
import { refuse, refusedReading } from "./readings.js";
import type { Reading, ReadingOptions, SourceReader } from "./source.js";
import { validate } from "./validate.js";

const ENVELOPE_NAME = "event";
const AUDIT_MESSAGE = "CONVERSATION_SYNC_AUDIT";
const EVENT_NAMES = "kustomer.";

/** Documented and irrelevant: how the event's name starts, and its label. */
const IGNORED = [
  ["kustomer.message.", "message"],
  ["kustomer.note.", "note"],
] as const;

const eventHead = z.object({ name: z.string() });
const envelope = z.object({
  body: z.object({ body: anyObject }),
  dd: z.object({ trace_id: id.nullish() }).nullish(),
});
const auditLine = z.object({
  name: id.nullish(),
  org: tenant.nullish(),
  conversationId: id,
  updatedConversation: z.object({ queue: z.object({ id: id.nullish() }).nullish(), rev: integer.nullish() }).nullish(),
  time: time.nullish(),
  dd: z.object({ trace_id: id }),
});

export const kustomer: SourceReader = {
  source: SOURCE,
  deliveryId(document) {
    const delivered = isEnvelope(document) && "body" in document ? document.body : document;
    return typeof delivered === "object" && delivered !== null && "id" in delivered ? delivered.id : null;
  },
  recognises(document) {
    if (isAuditLine(document)) return true;
    if (isEnvelope(document)) return "body" in document;
    return "name" in document && typeof document.name === "string" && document.name.startsWith(EVENT_NAMES);
  },
  read(document, options) {
    if (isAuditLine(document)) return readAuditLine(document, options);
    if (isEnvelope(document)) return readEnvelope(document, options);
    return readEvent(document, { traceId: null, options });
  },
};

function isAuditLine(document: object): boolean {
  return "msg" in document && document.msg === AUDIT_MESSAGE;
}

function isEnvelope(document: object): boolean {
  return "name" in document && document.name === ENVELOPE_NAME;
}

function readEnvelope(document: object, options: ReadingOptions): Reading {
  const wrapped = validate(envelope, document);
  if (!wrapped.ok) return refusedReading(SOURCE, wrapped.refusal);
  return readEvent(wrapped.value.body.body, { traceId: wrapped.value.dd?.trace_id ?? null, options });
}

function readEvent(event: object, context: EventContext): Reading {
  const head = validate(eventHead, event);
  if (!head.ok) return refusedReading(SOURCE, head.refusal);
  const { name } = head.value;
  const ofConversation = CONVERSATION_EVENTS.get(name);
  if (ofConversation !== undefined) return readConversation(ofConversation, event, context);
  const ofWorkItem = WORK_ITEM_EVENTS.get(name);
  if (ofWorkItem !== undefined) return readWorkItem(ofWorkItem, event, context);
  const ignored = IGNORED.find(([start]) => name.startsWith(start));
  if (ignored !== undefined) return { kind: "ignored", source: SOURCE, event: ignored[1] };
  const known = [...CONVERSATION_EVENTS.keys(), ...WORK_ITEM_EVENTS.keys()].join(", ");
  return refuse(SOURCE, "UNSUPPORTED_EVENT", "name", `the meaning of this event is not known; known are ${known}`);
}

/** A log line about a reverse sync that was written. It has no id of its own: conversation and trace name it. */
function readAuditLine(document: object, options: ReadingOptions): Reading {
  const line = validate(auditLine, document);
  if (!line.ok) return refusedReading(SOURCE, line.refusal);
  const { name, org, conversationId, updatedConversation, dd } = line.value;
  const owner = tenantOf(org, options);
  if (typeof owner !== "string") return refusedReading(SOURCE, owner);
  const eventId = `audit:${conversationId}:${dd.trace_id}`;
  const problem = idProblem(eventId);
  if (problem !== null) return refuse(SOURCE, "BAD_VALUE", "dd.trace_id", `with conversationId: ${problem}`);
  const queueId = updatedConversation?.queue?.id ?? null;
  return {
    kind: "conversation",
    event: {
      source: SOURCE,
      tenant: owner,
      conversationId,
      eventId,
      revision: null,
      orderedAt: null,
      queueChange: null,
      lifecycleChange: null,
      isSync: false,
      isDeletion: false,
      persisted: true,
      isAudit: true,
      client: name ?? null,
      occurredAt: line.value.time ?? options.timestamp,
      traceId: dd.trace_id,
      snapshotTarget: queueId === null ? null : { type: "QUEUE", id: queueId },
      preconditionRevision: updatedConversation?.rev ?? null,
    },
  };
}
