/** The records that the benchmarks append: normalised events as the joined topics have them, and raw Kustomer bodies. */
import { readFileSync } from "node:fs";
import { RAW_POSITION_HEADER, RECEIVED_AT_HEADER, SOURCE_HEADER } from "../processors/index.js";
import type { EmbeddedEngine } from "../runtime/embedded/index.js";
import { encodeText, type ProducedRecord } from "../runtime/task/index.js";
import { conversationKey } from "../schemas/index.js";
import { events, idOf } from "./events.js";
import { hexId, seededRandom } from "./random.js";

export type FeedKind = "normalised" | "raw";

const SEED = 1;
const START_MS = 1_646_165_674_000;

export function feed(
  kind: FeedKind,
  conversations: number,
  engine: EmbeddedEngine<unknown>,
): Generator<ProducedRecord, never> {
  return kind === "raw" ? rawBodies(conversations) : normalisedEvents(conversations, engine);
}

function* normalisedEvents(conversations: number, engine: EmbeddedEngine<unknown>): Generator<ProducedRecord, never> {
  const [conversationTopic, workItemTopic] = ["conversation-events", "work-item-events"];
  const [conversationCodec, workItemCodec] = [engine.codec(conversationTopic), engine.codec(workItemTopic)];
  let offset = 0;
  for (const { kind, event } of events({ conversations, queueChanges: 0.3, workItemEvents: 0.3, seed: SEED })) {
    const encoded = (kind === "conversation" ? conversationCodec : workItemCodec).encode(event);
    yield {
      topic: kind === "conversation" ? conversationTopic : workItemTopic,
      timestamp: event.occurredAt,
      key: encodeText(conversationKey(event.source, event.tenant, event.conversationId)),
      // What codecs give may be a view on what they use again.
      value: Buffer.from(encoded),
      headers: [
        { key: RAW_POSITION_HEADER, value: encodeText(`0:${offset}`) },
        { key: RECEIVED_AT_HEADER, value: encodeText(String(event.occurredAt)) },
      ],
    };
    offset += 1;
  }
  throw new Error("events do not end");
}

/** What changes from body to body, in the place of the template's own. */
const PLACES = { event: "EVENT-ID", conversation: "CONVERSATION-ID", revision: 987_654_321 };

/** The bodies of the incident, over and over, of other conversations. */
function* rawBodies(conversations: number): Generator<ProducedRecord, never> {
  const random = seededRandom(SEED);
  const templates = kustomerBodies().map(template);
  for (let count = 0; ; count++) {
    const conversation = idOf("conversation", count % conversations);
    const { tenant, text } = templates[count % templates.length] ?? { tenant: "", text: "" };
    const timestamp = START_MS + count;
    const body = text
      .replaceAll(PLACES.event, hexId(random))
      .replaceAll(PLACES.conversation, conversation)
      .replace(String(PLACES.revision), String(10 + Math.floor(count / conversations)));
    yield {
      topic: "raw-events",
      timestamp,
      key: encodeText(conversationKey("kustomer", tenant, conversation)),
      value: encodeText(body),
      headers: [
        { key: SOURCE_HEADER, value: encodeText("kustomer") },
        { key: RECEIVED_AT_HEADER, value: encodeText(String(timestamp)) },
      ],
    };
  }
}

function template(bytes: Buffer): { readonly tenant: string; readonly text: string } {
  const body = JSON.parse(bytes.toString());
  const text = bytes.toString().replaceAll(body.id, PLACES.event).replaceAll(body.data.id, PLACES.conversation);
  return { tenant: body.org, text: text.replace(/"rev":\d+/, `"rev":${PLACES.revision}`) };
}

/** The conversation events of the incident, out of their log envelopes. */
export function kustomerBodies(): Buffer[] {
  const file = new URL("../cli/demo/kustomer-incident.ndjson", import.meta.url);
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line.includes('"kustomer.conversation.update"'))
    .map((line) => Buffer.from(JSON.stringify(JSON.parse(line).body.body)));
}
