/** The records of one partition of every topic that the ratchet reads and writes, decoded and checked in form. */
import type { z } from "zod";
import { conversationKey } from "../../../schemas/types.js";
import type { JoinedEvent } from "../../oracle/oracle.js";
import { ASSIGNMENT_DECISION, CONVERSATION_EVENT, QUEUE_ASSIGNMENT, WORK_ITEM_EVENT } from "./contracts.js";
import type { Reader } from "./reader.js";
import type { Decoded } from "./records.js";
import { type Application, topicsOf } from "./topics.js";

/** A record of a joined topic. */
export interface JoinedRecord {
  readonly place: Position;
  readonly timestamp: number;
  readonly key: string | null;
  readonly headers: Decoded["headers"];
  /** Null when its value cannot be decoded, or lies under another key than it says: such a record has no decision. */
  readonly joined: JoinedEvent | null;
}

export interface Position {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** A record of an output topic. */
export interface OutputRecord<Value> {
  readonly place: Position;
  readonly timestamp: number;
  readonly key: string | null;
  readonly headers: Decoded["headers"];
  readonly value: Value;
}

export const nameOf = ({ topic, partition, offset }: Position): string => `${topic}:${partition}:${offset}`;

export async function readJoined(reader: Reader, application: Application, partition: number): Promise<JoinedRecord[]> {
  const { conversation, workItem } = topicsOf(application);
  const [conversations, workItems] = await Promise.all([
    reader.values(conversation, partition),
    reader.values(workItem, partition),
  ]);
  return [
    ...conversations.map((record) =>
      joinedRecord(conversation, partition, record, (value) => {
        const event = CONVERSATION_EVENT.safeParse(value).data;
        return event === undefined ? null : { kind: "conversation", event };
      }),
    ),
    ...workItems.map((record) =>
      joinedRecord(workItem, partition, record, (value) => {
        const event = WORK_ITEM_EVENT.safeParse(value).data;
        return event === undefined ? null : { kind: "work-item", event };
      }),
    ),
  ];
}

/** @throws Error naming a record that cannot be decoded: the product has written it. */
export async function readOutputs(reader: Reader, application: Application, partition: number) {
  const { assignments, decisions } = topicsOf(application);
  const [assigned, decided] = await Promise.all([
    reader.values(assignments, partition),
    reader.values(decisions, partition),
  ]);
  return {
    assignments: assigned.map((record) => outputRecord(assignments, partition, record, QUEUE_ASSIGNMENT)),
    decisions: decided.map((record) => outputRecord(decisions, partition, record, ASSIGNMENT_DECISION)),
  };
}

function joinedRecord(
  topic: string,
  partition: number,
  { offset, timestamp, key, headers, value }: Decoded,
  read: (value: unknown) => JoinedEvent | null,
): JoinedRecord {
  const joined = value === undefined ? null : read(value);
  const place = { topic, partition, offset };
  return { place, timestamp, key, headers, joined: joined !== null && keyOf(joined) === key ? joined : null };
}

export function keyOf({ event: { source, tenant, conversationId } }: JoinedEvent): string {
  return conversationKey(source, tenant, conversationId);
}

function outputRecord<Value>(
  topic: string,
  partition: number,
  { offset, timestamp, key, headers, value, error }: Decoded,
  type: z.ZodType<Value>,
): OutputRecord<Value> {
  const place = { topic, partition, offset };
  if (error !== undefined) throw new Error(`${nameOf(place)} cannot be decoded: ${error}`);
  return { place, timestamp, key, headers, value: type.parse(value) };
}
