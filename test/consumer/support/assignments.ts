/** Queue assignments for tests, and the table that any set of them must lead to, computed without the product's merge. */

import type { ConversationState, SchemaSource } from "../../../consumer/index.js";
import { conversationKey } from "../../../consumer/index.js";
import { contract } from "../../../schemas/contracts.js";
import { encoderOf } from "../../../schemas/encoder.js";
import { FRAME_HEADER_BYTES, type QueueAssignment, type Version, writeFrameHeader } from "../../../schemas/index.js";
import type { RecordToWrite } from "../../support/kafka/index.js";

export function version(basis: number, eventId = `e${basis}`): Version {
  return { basis, kind: 0, workItemNumber: 0, workItemRevision: 0, eventId };
}

/** Queue `q<basis>` at revision `basis`; the life cycle was never heard of unless it is given. */
export function assignment(
  conversationId: string,
  basis: number,
  given: Partial<QueueAssignment> = {},
): QueueAssignment {
  return {
    source: "kustomer",
    tenant: "t",
    conversationId,
    sequence: basis,
    assignment: { type: "QUEUE", id: `q${basis}` },
    previousAssignment: null,
    lifecycle: "OPEN",
    assignmentVersion: version(basis),
    lifecycleVersion: null,
    causeEventId: `e${basis}`,
    reason: "ASSIGNED",
    decidedAt: 1_000 * basis,
    emittedAt: 1_000 * basis,
    ...given,
  };
}

export const SCHEMA_ID = 7;

/** The registry of the tests that need none: it has the contract's own schema. */
export const SCHEMAS: SchemaSource = {
  schemaById: async (id) => (id === SCHEMA_ID ? contract("QueueAssignment").schema : null),
};

const encode = encoderOf("QueueAssignment");

export function framed(record: QueueAssignment, schemaId = SCHEMA_ID): Buffer {
  const bytes = encode(record, FRAME_HEADER_BYTES);
  writeFrameHeader(bytes, schemaId);
  return bytes;
}

export function keyOf({ source, tenant, conversationId }: QueueAssignment): string {
  return conversationKey(source, tenant, conversationId);
}

export function toWrite(record: QueueAssignment, given: Partial<RecordToWrite> = {}): RecordToWrite {
  return { key: keyOf(record), value: framed(record), timestampMs: record.emittedAt, ...given };
}

/** Field by field, as the decision rule has it, and not as the product does it. */
function isNewer(one: Version, other: Version): boolean {
  const fields = ["basis", "kind", "workItemNumber", "workItemRevision"] as const;
  for (const field of fields) if (one[field] !== other[field]) return one[field] > other[field];
  const [a, b] = [[...utf16(one.eventId)], [...utf16(other.eventId)]];
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const [x = -1, y = -1] = [a[at], b[at]];
    if (x !== y) return x > y;
  }
  return false;
}

function* utf16(text: string): Generator<number> {
  for (let at = 0; at < text.length; at++) yield text.charCodeAt(at);
}

/** Of each register the value with the greatest version of all records, whatever their order. */
export function expectedTable(records: Iterable<QueueAssignment>): Map<string, ConversationState> {
  const table = new Map<string, ConversationState>();
  for (const record of records) {
    const key = keyOf(record);
    const held = table.get(key) ?? {
      assignment: null,
      assignmentVersion: null,
      lifecycle: "OPEN" as const,
      lifecycleVersion: null,
    };
    const { assignment, assignmentVersion, lifecycle, lifecycleVersion } = record;
    const newHolder =
      assignmentVersion !== null &&
      (held.assignmentVersion === null || isNewer(assignmentVersion, held.assignmentVersion));
    const newLife =
      lifecycleVersion !== null && (held.lifecycleVersion === null || isNewer(lifecycleVersion, held.lifecycleVersion));
    table.set(key, {
      ...held,
      ...(newHolder ? { assignment, assignmentVersion } : {}),
      ...(newLife ? { lifecycle, lifecycleVersion } : {}),
    });
  }
  return table;
}
