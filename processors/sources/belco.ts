/** Belco: items of conversations. The item says what happened; the conversation beside it may be older or newer. */
import { z } from "zod";
import type { ConversationEvent, Lifecycle, QueueChange } from "../../schemas/types.js";
import { type Refusal, refusal } from "../refusal.js";
import { id, tenant, time } from "./fields.js";
import { refuse, refusedReading, timedReading } from "./readings.js";
import type { Reading, SourceReader } from "./source.js";
import { validate } from "./validate.js";

const SOURCE = "belco";
const EVENT_NAMES = "conversation.";
const ITEM_TYPE_PATH = "payload.conversation_item.type";

const head = z.object({ eventName: z.string() });
const itemHead = z.object({ payload: z.object({ conversation_item: z.object({ type: z.string() }) }) });

const item = {
  _id: id,
  createdAt: time,
  conversationId: id.nullish(),
  shopId: tenant.nullish(),
  reference: z.object({ type: id.nullish() }).nullish(),
};
const meta = z.object({ assignedTo: id.nullish() }).nullish();
const itemBody = bodyWith(z.object(item));
const assignmentBody = bodyWith(z.object({ ...item, meta }));

function bodyWith<Item extends z.ZodType>(itemSchema: Item) {
  const conversation = z.object({ _id: id.nullish() }).nullish();
  return z.object({
    requestId: z.string(),
    payload: z.object({ shopId: tenant, conversation, conversation_item: itemSchema }),
  });
}

type Body = z.output<typeof itemBody>;
type Changes = Pick<ConversationEvent, "queueChange" | "lifecycleChange">;

/** What an item of a type says, whatever else is in it; assignments are read apart. */
const LIFECYCLES: ReadonlyMap<string, Lifecycle | null> = new Map([
  ["close", "CLOSED"],
  ["open", "OPEN"],
  ["message", null],
  ["note", null],
]);

export const belco: SourceReader = {
  source: SOURCE,
  deliveryId(document) {
    return "requestId" in document ? document.requestId : null;
  },
  recognises(document) {
    return "eventName" in document && typeof document.eventName === "string" && "payload" in document;
  },
  read(document) {
    const named = validate(head, document);
    if (!named.ok) return refusedReading(SOURCE, named.refusal);
    if (!named.value.eventName.startsWith(EVENT_NAMES)) {
      return refuse(SOURCE, "UNSUPPORTED_EVENT", "eventName", `expected a name that begins with ${EVENT_NAMES}`);
    }
    const typed = validate(itemHead, document);
    if (!typed.ok) return refusedReading(SOURCE, typed.refusal);
    return readItem(typed.value.payload.conversation_item.type, document);
  },
};

function readItem(type: string, document: object): Reading {
  if (type === "assignment") return readAssignment(document);
  const lifecycleChange = LIFECYCLES.get(type);
  if (lifecycleChange === undefined) {
    const known = ["assignment", ...LIFECYCLES.keys()].join(", ");
    return refuse(
      SOURCE,
      "UNSUPPORTED_EVENT",
      ITEM_TYPE_PATH,
      `the meaning of this item is not known; known are ${known}`,
    );
  }
  const body = validate(itemBody, document);
  return body.ok ? readingOf(body.value, { queueChange: null, lifecycleChange }) : refusedReading(SOURCE, body.refusal);
}

function readAssignment(document: object): Reading {
  const body = validate(assignmentBody, document);
  if (!body.ok) return refusedReading(SOURCE, body.refusal);
  const assignee = body.value.payload.conversation_item.meta?.assignedTo ?? null;
  const queueChange: QueueChange = { target: assignee === null ? null : { type: "USER", id: assignee } };
  return readingOf(body.value, { queueChange, lifecycleChange: null });
}

function readingOf(body: Body, changes: Changes): Reading {
  const { shopId, conversation, conversation_item: itemRead } = body.payload;
  const conversationId = itemRead.conversationId ?? conversation?._id ?? null;
  if (conversationId === null) {
    return refuse(SOURCE, "MISSING_FIELD", "payload.conversation_item.conversationId", "expected a string");
  }
  const conflict = conflictIn(body);
  if (conflict !== null) return refusedReading(SOURCE, conflict);
  return timedReading({
    source: SOURCE,
    tenant: shopId,
    conversationId,
    eventId: itemRead._id,
    queueChange: changes.queueChange,
    lifecycleChange: changes.lifecycleChange,
    client: itemRead.reference?.type ?? null,
    at: itemRead.createdAt,
  });
}

function conflictIn({ payload }: Body): Refusal | null {
  const { shopId, conversation, conversation_item: itemRead } = payload;
  if (differ(itemRead.shopId, shopId)) {
    return refusal("CONFLICTING_VALUES", "payload.conversation_item.shopId", "differs from payload.shopId");
  }
  if (differ(itemRead.conversationId, conversation?._id)) {
    const path = "payload.conversation_item.conversationId";
    return refusal("CONFLICTING_VALUES", path, "differs from payload.conversation._id");
  }
  return null;
}

/** Whether two values are both given and are not the same. */
function differ(one: string | null | undefined, other: string | null | undefined): boolean {
  return typeof one === "string" && typeof other === "string" && one !== other;
}
