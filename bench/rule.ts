/** `npm run bench:rule`: decisions per second with everything a stored decision costs, bytes per row, parse rates. */
import { readFileSync } from "node:fs";
import {
  conversationRatchet,
  type Processor,
  type RatchetOutcome,
  readBody,
  type StreamRecord,
  workItemRatchet,
} from "../processors/index.js";
import type { AssignmentDecision, QueueAssignment, SchemaRegistry } from "../schemas/index.js";
import { assignmentRowCodec, ContractCodec, type ConversationKey, conversationKey } from "../schemas/index.js";
import { events, type JoinedEvent } from "./events.js";
import { formatRate, measure } from "./measure.js";

const RUNS = 3;
const DECISIONS_PER_RUN = Number(process.env.DECISIONS ?? 1_000_000);
const PARSES_PER_RUN = Number(process.env.PARSES ?? 200_000);
const MIX = { conversations: 50_000, queueChanges: 0.3, workItemEvents: 0.3, seed: 1 };
const SINKS = { assignments: "assignments", decisions: "decisions" };

const registry: SchemaRegistry = { register: async () => 1, schemaById: async () => null };
const assignments = await ContractCodec.open("QueueAssignment", "queue-assignments-value", registry);
const decisions = await ContractCodec.open("AssignmentDecision", "queue-assignment-decisions-value", registry);

benchDecisions();
benchParses();

function benchDecisions(): void {
  const input = take(events(MIX), DECISIONS_PER_RUN);
  let rows = new Map<string, Uint8Array>();
  const rate = measure(RUNS, () => {
    rows = decideAll(input);
    return input.length;
  });
  console.log(`decisions: ${formatRate(rate, "decisions")}: decode row, decide, encode row, encode outputs`);
  const sizes = [...rows.values()].map(({ length }) => length);
  const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
  console.log(
    `rows: ${mean.toFixed(0)} bytes/row on average, ${Math.max(...sizes)} at most, over ${sizes.length} conversations`,
  );
}

function decideAll(input: readonly JoinedEvent[]): Map<string, Uint8Array> {
  const rows = new Map<string, Uint8Array>();
  const settings = { workItemStream: "present" } as const;
  const conversation = conversationRatchet("store", SINKS, settings);
  const workItem = workItemRatchet("store", SINKS, settings);
  const context = {
    forward: (sink: string, { value }: { readonly value: unknown }) => {
      // The ratchet forwards exactly these two.
      if (sink === SINKS.decisions) decisions.encode(value as AssignmentDecision);
      else assignments.encode(value as QueueAssignment);
    },
    store: () => ({
      get: (key: ConversationKey) => {
        const bytes = rows.get(key);
        return bytes === undefined ? undefined : (assignmentRowCodec.decode(bytes) as never);
      },
      put: (key: ConversationKey, row: unknown) => void rows.set(key, assignmentRowCodec.encode(row as never)),
    }),
    refuse: ({ message }: { readonly message: string }) => {
      throw new Error(message);
    },
  };
  const run = <Event>(processor: Processor<Event, RatchetOutcome>, record: StreamRecord<Event>) =>
    processor.process(record, context);
  input.forEach((joined, offset) => {
    if (joined.kind === "conversation") run(conversation, recordOf(joined.event, offset));
    else run(workItem, recordOf(joined.event, offset));
  });
  return rows;
}

function recordOf<Event extends JoinedEvent["event"]>(event: Event, offset: number): StreamRecord<Event> {
  return {
    topic: "conversation-events",
    partition: 0,
    offset,
    timestamp: event.occurredAt,
    key: conversationKey(event.source, event.tenant, event.conversationId),
    value: event,
    headers: { "raw-position": `0:${offset}` },
  };
}

function benchParses(): void {
  const bodies = kustomerBodies();
  const bytes = bodies.reduce((sum, { length }) => sum + length, 0) / bodies.length;
  const options = { source: "kustomer", tenant: null, timestamp: 0 } as const;
  const rate = measure(RUNS, () => {
    for (let count = 0; count < PARSES_PER_RUN; count++) {
      const body = bodies[count % bodies.length];
      if (body === undefined || readBody(body, options).kind !== "conversation")
        throw new Error("a fixture was refused");
    }
    return PARSES_PER_RUN;
  });
  console.log(
    `parses: ${formatRate(rate, "parses")}: ${bodies.length} real Kustomer conversation bodies of ${bytes.toFixed(0)} bytes on average`,
  );
}

/** The conversation events of the incident, out of their log envelopes. */
function kustomerBodies(): Buffer[] {
  const file = new URL("../cli/demo/kustomer-incident.ndjson", import.meta.url);
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line.includes('"kustomer.conversation.update"'))
    .map((line) => Buffer.from(JSON.stringify(JSON.parse(line).body.body)));
}

function take<Item>(items: Generator<Item, never>, count: number): Item[] {
  return Array.from({ length: count }, () => items.next().value);
}
