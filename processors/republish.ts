/** The control record `republish`: what was emitted last for conversations is emitted once more, for a consumer that lost its data. */
import { type AssignmentRow, type ConversationKey, conversationKey, keyParts } from "../schemas/types.js";
import {
  CONTROL_HEADER,
  CONTROL_KEY,
  type Control,
  type ProcessorContext,
  REPUBLISH,
  REPUBLISHED_HEADER,
  SINCE_HEADER,
  type StreamRecord,
} from "./processor.js";
import { type Refusal, refusal } from "./refusal.js";
import { queueAssignment } from "./rule/index.js";

interface Republished {
  readonly kind: "republished";
  readonly source: string;
}

/** As JavaScript's dates: 16 digits are none any more. */
const EPOCH_MS = /^\d{1,15}$/;
const HEADERS = { [REPUBLISHED_HEADER]: "true" };

/** Reads control records. @param sink where assignments go */
export function republishing(
  store: string,
  sink: string,
): (record: StreamRecord<Uint8Array | null>) => Control<Republished> {
  return (record) => {
    const request = requestOf(record);
    if ("code" in request) return { kind: "refused", refusal: request };
    const { key, sinceMs } = request;
    return {
      kind: "rows",
      store,
      key,
      visit: (rowKey, row: AssignmentRow, context) => republish(rowKey, row, sinceMs, sink, context),
    };
  };
}

interface Request {
  /** Null: all conversations of the partition. */
  readonly key: ConversationKey | null;
  readonly sinceMs: number;
}

function requestOf({ key, value, headers }: StreamRecord<Uint8Array | null>): Request | Refusal {
  if (headers[CONTROL_HEADER] !== REPUBLISH)
    return refusal("UNSUPPORTED_CONTROL", `headers.${CONTROL_HEADER}`, `expected "${REPUBLISH}"`);
  if (value !== null && value.length > 0)
    return refusal("UNSUPPORTED_CONTROL", "", "a control record has no value, and this one has: is it an event?");
  const since = headers[SINCE_HEADER];
  if (since !== undefined && !EPOCH_MS.test(since))
    return refusal("BAD_VALUE", `headers.${SINCE_HEADER}`, "expected epoch milliseconds in decimal");
  const sinceMs = since === undefined ? Number.NEGATIVE_INFINITY : Number(since);
  if (key === CONTROL_KEY) return { key: null, sinceMs };
  const parts = key === null ? null : keyParts(key);
  if (parts === null)
    return refusal("BAD_KEY", "", `expected <source>:<tenant>:<conversationId>, or "${CONTROL_KEY}" for all of them`);
  return { key: conversationKey(parts.source, parts.tenant, parts.conversationId), sinceMs };
}

function republish(
  key: string,
  row: AssignmentRow,
  sinceMs: number,
  sink: string,
  context: Pick<ProcessorContext, "forward">,
): Republished | null {
  const identity = keyParts(key);
  const value = identity === null ? null : queueAssignment(row, identity);
  if (identity === null || value === null || value.emittedAt < sinceMs) return null;
  // Where it was first: consumers that look for a time find both.
  context.forward(sink, { key, value, headers: HEADERS, timestamp: value.emittedAt });
  return { kind: "republished", source: identity.source };
}
