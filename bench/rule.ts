/** `npm run bench:rule`: decisions per second with everything a stored decision costs, bytes per row, parse rates. */
import { conversationRatchet, readBody, type StreamRecord, workItemRatchet } from "../processors/index.js";
import type {
  AssignmentDecision,
  ConversationEvent,
  QueueAssignment,
  SchemaRegistry,
  WorkItemEvent,
} from "../schemas/index.js";
import { assignmentRowCodec, ContractCodec, type ConversationKey, conversationKey } from "../schemas/index.js";
import type { ContractTypes } from "../schemas/types.js";
import { events, type JoinedEvent } from "./events.js";
import { kustomerBodies } from "./feed.js";
import { formatRate } from "./measure.js";

const RUNS = 3;
const DECISIONS_PER_RUN = Number(process.env.DECISIONS ?? 1_000_000);
const PARSES_PER_RUN = Number(process.env.PARSES ?? 200_000);
const PART = 1_000;
const MIX = { conversations: 50_000, queueChanges: 0.3, workItemEvents: 0.3, seed: 1 };
const SINKS = { assignments: "assignments", decisions: "decisions" };

const registry: SchemaRegistry = { register: async () => 1, schemaById: async () => null };
const assignments = await ContractCodec.open("QueueAssignment", "queue-assignments-value", registry);
const conversationEvents = await ContractCodec.open("ConversationEvent", "conversation-events-value", registry);
const workItemEvents = await ContractCodec.open("WorkItemEvent", "work-item-events-value", registry);
const decisions = await ContractCodec.open("AssignmentDecision", "queue-assignment-decisions-value", registry);

function benchDecisions(): void {
  const rates: number[] = [];
  let rows = new Rows(MIX.conversations);
  for (let run = 0; run < RUNS; run++) {
    rows = new Rows(MIX.conversations);
    rates.push(decisionsPerSecond(rows));
  }
  console.log(`decisions: ${formatRate(rates, "decisions")}: decode row, decide, encode row, encode outputs`);
  const { mean, largest, count } = rows.sizes();
  console.log(`rows: ${mean.toFixed(0)} bytes/row on average, ${largest} at most, over ${count} conversations`);
}

/** The events are made beforehand, a part at a time: a million of them on the heap would be what is measured. */
function decisionsPerSecond(rows: Rows): number {
  const decide = decider(rows);
  const source = events(MIX);
  let elapsedMs = 0;
  for (let offset = 0; offset < DECISIONS_PER_RUN; offset += PART) {
    const records = Array.from({ length: PART }, (_, index) => recordOf(source.next().value, offset + index));
    const startedMs = performance.now();
    for (const record of records) decide(record);
    elapsedMs += performance.now() - startedMs;
  }
  return DECISIONS_PER_RUN / (elapsedMs / 1_000);
}

/** Encoded rows as a store holds them: copied out of what they were encoded in. */
class Rows {
  private static readonly PLACE_BYTES = 1_024;
  private readonly bytes: Buffer;
  private readonly places = new Map<ConversationKey, { readonly start: number; size: number }>();

  constructor(conversations: number) {
    this.bytes = Buffer.alloc(conversations * Rows.PLACE_BYTES);
  }

  get(key: ConversationKey): Uint8Array | undefined {
    const place = this.places.get(key);
    return place === undefined ? undefined : this.bytes.subarray(place.start, place.start + place.size);
  }

  put(key: ConversationKey, row: Uint8Array): void {
    if (row.length > Rows.PLACE_BYTES) throw new Error(`a row of ${row.length} bytes`);
    const place = this.places.get(key) ?? { start: this.places.size * Rows.PLACE_BYTES, size: 0 };
    this.bytes.set(row, place.start);
    place.size = row.length;
    this.places.set(key, place);
  }

  sizes(): { readonly mean: number; readonly largest: number; readonly count: number } {
    const sizes = [...this.places.values()].map(({ size }) => size);
    const sum = sizes.reduce((total, size) => total + size, 0);
    return { mean: sum / sizes.length, largest: Math.max(...sizes), count: sizes.length };
  }
}

type JoinedRecord =
  | { readonly kind: "conversation"; readonly record: StreamRecord<ConversationEvent> }
  | { readonly kind: "work-item"; readonly record: StreamRecord<WorkItemEvent> };

function decider(rows: Rows): (joined: JoinedRecord) => void {
  const settings = { workItemStream: "present" } as const;
  const conversation = conversationRatchet("store", SINKS, settings);
  const workItem = workItemRatchet("store", SINKS, settings);
  const store = {
    get: (key: ConversationKey) => {
      const bytes = rows.get(key);
      return bytes === undefined ? undefined : (assignmentRowCodec.decode(bytes) as never);
    },
    put: (key: ConversationKey, row: unknown) => rows.put(key, assignmentRowCodec.encode(row as never)),
  };
  const context = {
    forward: (sink: string, { value }: { readonly value: unknown }) => {
      // The ratchet forwards exactly these two.
      if (sink === SINKS.decisions) decisions.encode(value as AssignmentDecision);
      else assignments.encode(value as QueueAssignment);
    },
    store: () => store,
    count: () => {},
    refuse: ({ message }: { readonly message: string }) => {
      throw new Error(message);
    },
  };
  return (joined) => {
    if (joined.kind === "conversation") conversation.process(joined.record, context);
    else workItem.process(joined.record, context);
  };
}

/** As a task gives it: decoded from the record's bytes. */
function recordOf(joined: JoinedEvent, offset: number): JoinedRecord {
  return joined.kind === "conversation"
    ? { kind: joined.kind, record: streamRecord(throughCodec(conversationEvents, joined.event), offset) }
    : { kind: joined.kind, record: streamRecord(throughCodec(workItemEvents, joined.event), offset) };
}

function throughCodec<Name extends "ConversationEvent" | "WorkItemEvent">(
  codec: ContractCodec<Name>,
  event: ContractTypes[Name],
): ContractTypes[Name] {
  return codec.decode(codec.encode(event));
}

function streamRecord<Event extends JoinedEvent["event"]>(event: Event, offset: number): StreamRecord<Event> {
  return {
    topic: "conversation-events",
    partition: 0,
    offset,
    timestamp: event.occurredAt,
    key: Buffer.from(conversationKey(event.source, event.tenant, event.conversationId)).toString(),
    value: event,
    headers: { "raw-position": `0:${offset}` },
  };
}

function benchParses(): void {
  const bodies = kustomerBodies();
  const bytes = bodies.reduce((sum, { length }) => sum + length, 0) / bodies.length;
  const rates = Array.from({ length: RUNS }, () => parsesPerSecond(bodies));
  console.log(
    `parses: ${formatRate(rates, "parses")}: ${bodies.length} real Kustomer conversation bodies of ${bytes.toFixed(0)} bytes on average`,
  );
}

function parsesPerSecond(bodies: readonly Buffer[]): number {
  const options = { source: "kustomer", tenant: null, timestamp: 0 } as const;
  const startedMs = performance.now();
  for (let count = 0; count < PARSES_PER_RUN; count++) {
    const body = bodies[count % bodies.length];
    if (body === undefined || readBody(body, options).kind !== "conversation") throw new Error("a fixture was refused");
  }
  return PARSES_PER_RUN / ((performance.now() - startedMs) / 1_000);
}

benchDecisions();
benchParses();
