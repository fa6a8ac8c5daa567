/** Whatever the bytes are: no reader throws, says something unsafe, or shows what was in the body. MUTATIONS and SEED override. */
import { describe, expect, it } from "vitest";
import { REFUSAL_CODES } from "../../../processors/refusal.js";
import { keyOfReading, type Reading, readBody } from "../../../processors/sources/index.js";
import { contract } from "../../../schemas/contracts.js";
import { SOURCES } from "../../../schemas/types.js";
import {
  auditLine,
  belcoLines,
  conversationCreate,
  conversationDelete,
  type Document,
  kustomerLines,
  MAX_NUMBER,
  rasayelBody,
  TENANT,
  TIMESTAMP,
  workItemCreate,
} from "./documents.js";
import { MARKER, mutatedBody, pick, randomFrom, withMarker } from "./mutation.js";

const MUTATIONS = Number(process.env.MUTATIONS ?? 5_000);
const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32));

const parsed = [...kustomerLines, ...belcoLines, rasayelBody].map((line): Document => JSON.parse(line));
const unwrapped = parsed.flatMap(({ body }) => (isDocument(body) && isDocument(body.body) ? [body.body] : []));
const ignored: Document = { name: "kustomer.note.create", event: "message.created", data: {} };
const documents = [...parsed, ...unwrapped, conversationCreate, conversationDelete, workItemCreate, auditLine, ignored]
  .map((document) => withMarker(document))
  .filter(isDocument);
const sources = [...SOURCES, null, null, null];
const LABELS = ["message", "note", "work-item", "tag", "template", "mention", "bot", "channel_user"];

function isDocument(value: unknown): value is Document {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Why a reading may not be; null when it may. */
function faultOf(reading: Reading): string | null {
  switch (reading.kind) {
    case "refused":
      return faultOfRefusal(reading.refusal);
    case "ignored":
      return LABELS.includes(reading.event) ? null : "a label that is not from the list";
    case "conversation":
      return contract("ConversationEvent").type.isValid(reading.event)
        ? faultOfEvent(reading)
        : "does not fit its contract";
    case "work-item":
      return contract("WorkItemEvent").type.isValid(reading.event)
        ? faultOfEvent(reading)
        : "does not fit its contract";
  }
}

function faultOfRefusal({ code, path, message }: { code: string; path: string; message: string }): string | null {
  if (!REFUSAL_CODES.some((known) => known === code)) return "an unknown code";
  if (message === "" || message.length > 500) return "a message that is empty or long";
  // Only the path to a forbidden key may name keys that the document made up.
  const shown = code === "FORBIDDEN_KEY" ? message : path + message;
  return shown.includes(MARKER) ? "a message that shows the document" : null;
}

function faultOfEvent(reading: Extract<Reading, { event: object }>): string | null {
  const unsafe = leavesOf(reading.event).some((leaf) => !isSafe(leaf));
  if (unsafe) return "an unsafe value";
  return keyOfReading(reading)?.split(":")[1] === reading.event.tenant ? null : "an ambiguous key";
}

function leavesOf(value: unknown): readonly unknown[] {
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(leavesOf) : [value];
}

function isSafe(leaf: unknown): boolean {
  if (typeof leaf === "number")
    return Number.isSafeInteger(leaf) && leaf >= 0 && leaf <= MAX_NUMBER && !Object.is(leaf, -0);
  if (typeof leaf !== "string") return leaf === null || typeof leaf === "boolean";
  const wellFormed = Buffer.from(leaf).toString() === leaf;
  const controlled = [...leaf].some((character) => character < " " || character === "\u007f");
  return leaf !== "" && leaf.length <= 512 && wellFormed && !controlled;
}

describe("a damaged body", () => {
  it(`is read or refused, never worse (seed ${SEED}, ${MUTATIONS} bodies)`, { timeout: 60_000 + MUTATIONS }, () => {
    const random = randomFrom(SEED);
    const kinds = { conversation: 0, "work-item": 0, ignored: 0, refused: 0 };
    for (let index = 0; index < MUTATIONS; index++) {
      const body = mutatedBody(pick(random, documents), random);
      const tenant = random() < 0.5 ? TENANT : null;
      const reading = readBody(body, { source: pick(random, sources), tenant, timestamp: TIMESTAMP });
      kinds[reading.kind]++;
      const fault = faultOf(reading);
      if (fault !== null) {
        expect.fail(
          `seed ${SEED}, body ${index}: ${fault}: ${JSON.stringify(reading)} of ${new TextDecoder().decode(body)}`,
        );
      }
    }
    console.log(`seed ${SEED}: ${JSON.stringify(kinds)}`);
    // The damage is neither so small nor so large that only one side is tried.
    expect(kinds.refused).toBeGreaterThan(MUTATIONS / 20 - 10);
    expect(kinds.conversation + kinds["work-item"]).toBeGreaterThan(MUTATIONS / 20 - 10);
  });

  it("is damaged the same way for the same seed", () => {
    const once = randomFrom(7);
    const again = randomFrom(7);
    const [document] = documents;
    if (document === undefined) throw new Error("there are documents");
    for (let index = 0; index < 50; index++) expect(mutatedBody(document, once)).toEqual(mutatedBody(document, again));
  });
});
