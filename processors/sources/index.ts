/** The door of the sources: the list of them, and from the bytes of a body to a reading. */
import { type ConversationKey, conversationKey, SOURCES, type Source } from "../../schemas/types.js";
import { belco } from "./belco.js";
import { parseBody } from "./body.js";
import { idProblem } from "./fields.js";
import { kustomer } from "./kustomer.js";
import { rasayel } from "./rasayel.js";
import { refuse, refusedReading } from "./readings.js";
import type { Reading, ReadingOptions, SourceReader } from "./source.js";

export { MAX_BODY_BYTES, MAX_DEPTH, type ParsedBody, parseBody } from "./body.js";
export type { Reading, ReadingOptions, SourceReader } from "./source.js";

const READERS: Readonly<Record<Source, SourceReader>> = { kustomer, rasayel, belco };

export interface BodyOptions extends ReadingOptions {
  /** Where the body came from; null when that is to be told from its shape. */
  readonly source: Source | null;
}

/** The reading of one body: one event, or nothing of interest, or a refusal. Never throws. */
export function readBody(body: Uint8Array, options: BodyOptions): Reading {
  const parsed = parseBody(body);
  if (!parsed.ok) return refusedReading(options.source, parsed.refusal);
  const source = options.source ?? detectSource(parsed.document);
  if (source === null) return refuse(null, "UNKNOWN_SOURCE", "", UNRECOGNISED);
  return READERS[source].read(parsed.document, options);
}

/** What came by a webhook. */
export interface Delivery {
  readonly reading: Reading;
  /** What its sender names the delivery by; null when it has no usable name. */
  readonly deliveryId: string | null;
}

/** As {@link readBody}, of a source that is known, with the name of the delivery. Never throws. */
export function readDelivery(body: Uint8Array, source: Source, options: ReadingOptions): Delivery {
  const parsed = parseBody(body);
  if (!parsed.ok) return { reading: refusedReading(source, parsed.refusal), deliveryId: null };
  const reader = READERS[source];
  return {
    reading: reader.read(parsed.document, options),
    deliveryId: deliveryIdOf(reader.deliveryId(parsed.document)),
  };
}

function deliveryIdOf(found: unknown): string | null {
  const text = typeof found === "number" ? String(found) : found;
  return typeof text === "string" && idProblem(text) === null ? text : null;
}

/** The key of the conversation that a reading is about; null when it is about none. */
export function keyOfReading(reading: Reading): ConversationKey | null {
  if (reading.kind !== "conversation" && reading.kind !== "work-item") return null;
  const { source, tenant, conversationId } = reading.event;
  return conversationKey(source, tenant, conversationId);
}

const UNRECOGNISED =
  "this is the shape of no source that is understood: a Kustomer webhook has a name that begins with " +
  '"kustomer.", its log envelope the name "event" and a body, its audit line the msg "CONVERSATION_SYNC_AUDIT"; ' +
  "a Rasayel webhook has event and data; a Belco webhook has eventName and payload";

function detectSource(document: object): Source | null {
  return SOURCES.find((source) => READERS[source].recognises(document)) ?? null;
}
