/** Rasayel: life-cycle events of conversations. All its times are in seconds; it has no revisions and no queues. */
import { z } from "zod";
import type { Lifecycle } from "../../schemas/types.js";
import { epochSeconds, id, idOrInteger, tenantOrInteger } from "./fields.js";
import { refuse, refusedReading, timedReading } from "./readings.js";
import type { Reading, SourceReader } from "./source.js";
import { validate } from "./validate.js";

const SOURCE = "rasayel";

/** Documented and irrelevant: how the event's name starts, and its label. */
const IGNORED = [
  ["message.", "message"],
  ["conversation.tag.", "tag"],
  ["tag.", "tag"],
  ["template.", "template"],
  ["message_template.", "template"],
  ["mention.", "mention"],
  ["bot.", "bot"],
  ["channel_user.", "channel_user"],
] as const;

interface LifecycleBody {
  readonly id: string;
  readonly account: string;
  readonly data: { readonly id: string; readonly state: Lifecycle; readonly at: number };
}

interface LifecycleEvent {
  /** The state that the event leads to. */
  readonly state: Lifecycle;
  readonly schema: z.ZodType<LifecycleBody>;
}

const head = z.object({ event: z.string() });
const conversation = { id: idOrInteger, state: z.enum(["OPEN", "SNOOZED", "CLOSED"]) };

// Each event is read with the one time that orders it.
const created = z
  .object({ ...conversation, createdAt: epochSeconds })
  .transform(({ createdAt: at, ...rest }) => ({ ...rest, at }));
const opened = z
  .object({ ...conversation, openedAt: epochSeconds })
  .transform(({ openedAt: at, ...rest }) => ({ ...rest, at }));
const snoozed = z
  .object({ ...conversation, snoozedAt: epochSeconds })
  .transform(({ snoozedAt: at, ...rest }) => ({ ...rest, at }));
const closed = z
  .object({ ...conversation, closedAt: epochSeconds })
  .transform(({ closedAt: at, ...rest }) => ({ ...rest, at }));

const LIFECYCLE_EVENTS: ReadonlyMap<string, LifecycleEvent> = new Map([
  ["conversation.created", lifecycleEvent("OPEN", created)],
  ["conversation.opened", lifecycleEvent("OPEN", opened)],
  ["conversation.snoozed", lifecycleEvent("SNOOZED", snoozed)],
  ["conversation.closed", lifecycleEvent("CLOSED", closed)],
]);

function lifecycleEvent(state: Lifecycle, data: z.ZodType<LifecycleBody["data"]>): LifecycleEvent {
  return { state, schema: z.object({ id, account: tenantOrInteger, data }) };
}

export const rasayel: SourceReader = {
  source: SOURCE,
  deliveryId(document) {
    return "id" in document ? document.id : null;
  },
  recognises(document) {
    return "event" in document && typeof document.event === "string" && "data" in document;
  },
  read(document) {
    const named = validate(head, document);
    if (!named.ok) return refusedReading(SOURCE, named.refusal);
    return readEvent(named.value.event, document);
  },
};

function readEvent(name: string, document: object): Reading {
  const ignored = IGNORED.find(([start]) => name.startsWith(start));
  if (ignored !== undefined) return { kind: "ignored", source: SOURCE, event: ignored[1] };
  const expected = LIFECYCLE_EVENTS.get(name);
  if (expected === undefined) {
    const known = [...LIFECYCLE_EVENTS.keys()].join(", ");
    return refuse(SOURCE, "UNSUPPORTED_EVENT", "event", `the meaning of this event is not known; known are ${known}`);
  }
  const body = validate(expected.schema, document);
  if (!body.ok) return refusedReading(SOURCE, body.refusal);
  const { id: eventId, account, data } = body.value;
  if (data.state !== expected.state) {
    return refuse(SOURCE, "CONFLICTING_VALUES", "data.state", `expected ${expected.state}, as the event's name says`);
  }
  // The delivery's own `createdAt` is another clock (days later, in the documented example): it takes no part.
  return timedReading({
    source: SOURCE,
    tenant: account,
    conversationId: data.id,
    eventId,
    queueChange: null,
    lifecycleChange: expected.state,
    client: null,
    at: data.at,
  });
}
