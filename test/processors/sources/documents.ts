/** Documents of the three sources to start from, and how tests change and read them. */
import { readFileSync } from "node:fs";
import { describeRefusal } from "../../../processors/refusal.js";
import { type BodyOptions, type Reading, readBody } from "../../../processors/sources/index.js";
import type { ConversationEvent, Source, WorkItemEvent } from "../../../schemas/types.js";

export const TENANT = "5d2f98fec7a28e001a2cfe04";
export const CONVERSATION = "621e7d0534b1800f59590a62";
export const Q1 = "5d9fbc698d1a94001a7b9950";
export const Q2 = "5fa2a5a910e1be0019cda332";
export const MAX_NUMBER = 9007199254740989;
/** The record's timestamp in every test. */
export const TIMESTAMP = 1_700_000_000_000;

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type Document = { readonly [key: string]: Json };

function fixture(name: string): string {
  return readFileSync(new URL(`../../fixtures/${name}`, import.meta.url), "utf8");
}

function lines(name: string): readonly string[] {
  return fixture(name).trim().split("\n");
}

export const kustomerLines = lines("kustomer-incident.ndjson");
export const belcoLines = lines("belco-events.ndjson");
export const rasayelBody = fixture("rasayel-conversation-closed.json");

export function relation(id: string): Document {
  return { data: { type: "queue", id }, links: { self: `/v1/routing/queues/${id}` } };
}

/** Conversation revision 60 takes the queue from Q2 to Q1. */
export const conversationUpdate: Document = {
  id: "event-60",
  name: "kustomer.conversation.update",
  org: TENANT,
  data: {
    id: CONVERSATION,
    type: "conversation",
    attributes: { status: "open", rev: 60 },
    relationships: { queue: relation(Q1) },
  },
  createdAt: "2022-03-01T20:14:36.210Z",
  changes: {
    attributes: { rev: { op: "replace", before: 59, after: 60 } },
    relationships: { queue: { op: "replace", before: relation(Q2), after: relation(Q1) } },
  },
  client: "workflow",
};

export const conversationCreate: Document = {
  id: "event-1",
  name: "kustomer.conversation.create",
  org: TENANT,
  data: {
    id: CONVERSATION,
    attributes: { status: "open", rev: 1 },
    relationships: { queue: relation(Q1) },
  },
  createdAt: "2022-03-01T20:07:33.443Z",
  changes: null,
  client: "api",
};

export const conversationDelete: Document = {
  id: "event-61",
  name: "kustomer.conversation.delete",
  org: TENANT,
  data: { id: CONVERSATION },
  createdAt: "2022-03-02T00:00:00.000Z",
  client: "api",
};

export const workItemCreate: Document = {
  id: "work-1",
  name: "kustomer.work-item.create",
  org: TENANT,
  data: {
    id: "work-item",
    attributes: { resourceType: "conversation", status: "queued", resourceRev: 11, rev: 1, workItemNumber: 1 },
    relationships: { resource: { data: { type: "conversation", id: CONVERSATION } }, queue: relation(Q2) },
  },
  createdAt: "2022-03-01T20:07:37.299Z",
  client: "routing-worker",
  routingReasons: [],
};

/** Work-item revision 3 puts it into Q1, decided from conversation revision 53. */
export const workItemUpdate: Document = {
  id: "work-3",
  name: "kustomer.work-item.update",
  org: TENANT,
  data: {
    id: "work-item",
    attributes: { resourceType: "conversation", status: "queued", resourceRev: 11, rev: 3, workItemNumber: 1 },
    relationships: { resource: { data: { type: "conversation", id: CONVERSATION } }, queue: relation(Q1) },
  },
  createdAt: "2022-03-01T20:14:35.193Z",
  changes: {
    attributes: { status: { op: "replace", before: "ivr", after: "queued" } },
    relationships: { queue: { op: "add", before: null, after: relation(Q1) } },
  },
  client: "routing-worker",
  isSync: false,
  routingReasons: [{ meta: { conversationRev: 53 } }, { meta: { data: { rev: 2 } } }],
};

export const auditLine: Document = {
  name: "routing-worker",
  conversationId: CONVERSATION,
  workItemId: "work-item",
  updatedConversation: { queue: { id: Q1 }, rev: 59 },
  msg: "CONVERSATION_SYNC_AUDIT",
  time: "2022-03-01T20:14:36.295Z",
  dd: { trace_id: "5975515570340052903" },
};

export const rasayelClosed: Document = {
  event: "conversation.closed",
  id: "delivery-1",
  account: 1,
  createdAt: 1652968658,
  data: { id: 7, state: "CLOSED", closedAt: 1652783952 },
};

export const belcoAssigned: Document = {
  requestId: "request-1",
  eventName: "conversation.assigned",
  date: "2025-06-11T09:17:20.936Z",
  payload: {
    shopId: "shop",
    conversation: { _id: "conversation", status: "open", assignedTo: "user-1" },
    conversation_item: {
      _id: "item-1",
      type: "assignment",
      reference: { type: "user", _id: "user-1" },
      meta: { assignedTo: "user-2", previousUserId: "user-1" },
      shopId: "shop",
      conversationId: "conversation",
      createdAt: "2025-06-11T09:17:20.768Z",
    },
  },
};

export function envelope(event: Json, traceId: string): Document {
  return {
    name: "event",
    body: { id: "outer-id", name: "outer.name", partition: TENANT, body: event, version: 3 },
    dd: { trace_id: traceId },
    time: "2022-03-01T20:14:36.300Z",
  };
}

type Step = string | number;

function steps(path: string): readonly Step[] {
  return path
    .split(/\.|\[(?=\d)/)
    .filter((step) => step !== "")
    .map((step) => (step.endsWith("]") ? Number(step.slice(0, -1)) : step));
}

/** A copy of a document with another value at `path`; `undefined` takes the key away. Objects on the way are made. */
export function change(document: Json, path: string, value: Json | undefined): Json {
  return changeAt(document, steps(path), value);
}

function changeAt(node: Json | undefined, path: readonly Step[], value: Json | undefined): Json {
  const [step, ...rest] = path;
  if (step === undefined) throw new Error("a path has at least one step");
  const copy = new Map<Step, Json>(entriesOf(node));
  const child = rest.length === 0 ? value : changeAt(copy.get(step), rest, value);
  if (child === undefined) copy.delete(step);
  else copy.set(step, child);
  return Array.isArray(node) ? [...copy.values()] : Object.fromEntries(copy);
}

function entriesOf(node: Json | undefined): Iterable<[Step, Json]> {
  if (Array.isArray(node)) return node.entries();
  return typeof node === "object" && node !== null ? Object.entries(node) : [];
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Reads a document, or the text of one. By default as Kustomer's, without a configured tenant. */
export function read(document: Json | Document, options: Partial<BodyOptions> = {}): Reading {
  return readText(JSON.stringify(document), options);
}

export function readText(text: string, options: Partial<BodyOptions> = {}): Reading {
  return readBody(bytes(text), { source: "kustomer", tenant: null, timestamp: TIMESTAMP, ...options });
}

/** The reader of a source's documents. */
export function readerOf(source: Source) {
  return (document: Json): Reading => read(document, { source });
}

export function conversationIn(reading: Reading): ConversationEvent {
  if (reading.kind !== "conversation") throw new Error(`expected a conversation event, found ${describe(reading)}`);
  return reading.event;
}

export function workItemIn(reading: Reading): WorkItemEvent {
  if (reading.kind !== "work-item") throw new Error(`expected a work-item event, found ${describe(reading)}`);
  return reading.event;
}

/** `CODE at PATH: message` of a refusal, `ignored LABEL`, or the kind of event that was read. */
export function describe(reading: Reading): string {
  if (reading.kind === "refused") return describeRefusal(reading.refusal);
  return reading.kind === "ignored" ? `ignored ${reading.event}` : reading.kind;
}
