/** What must never be logged: everything in the fixtures that is text, a name, a phone number or an id; and the tests' secrets. */
import { readFileSync } from "node:fs";
import { BELCO, INCIDENT, RASAYEL } from "../fixtures.js";

/** Given as secret in tests that start the service: long enough to be found by chance nowhere. */
export const PLANTED_SECRET = "planted-secret-4d1f0c7b";

/** Fields whose values are text, names or numbers of people, in any of the sources. */
const PERSONAL =
  /^(body|preview|name|firstName|lastName|displayName|fullName|subject|pageTitle|pageUrl|pageReferrer|from|to|externalId|phone|email|sourceId)$/;
/** What the sources name things by. */
const ID = /^([0-9a-f]{24}|[0-9A-Za-z]{17}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;
/** The names of events and programs are in no way personal, and logged. */
const HARMLESS = /^(event|routing-worker|workflow|kustomer\.[a-z.-]+|conversation\.[a-z.]+)$/;
/** A shorter value is found in any log by chance. */
const MIN_LENGTH = 8;

let found: readonly string[] | null = null;

export function markers(): readonly string[] {
  found ??= [...new Set([...fixtures().flatMap((document) => [...markersIn(document)]), PLANTED_SECRET])];
  return found;
}

/** @returns the markers in a text. */
export function leaksIn(text: string): readonly string[] {
  return markers().filter((marker) => text.includes(marker));
}

function fixtures(): readonly unknown[] {
  const lines = [INCIDENT, BELCO].flatMap((file) => readFileSync(file, "utf8").trim().split("\n"));
  return [...lines, readFileSync(RASAYEL, "utf8")].map((text): unknown => JSON.parse(text));
}

function* markersIn(value: unknown, key = ""): Generator<string> {
  if (typeof value === "string") {
    if (value.length >= MIN_LENGTH && !HARMLESS.test(value) && (PERSONAL.test(key) || ID.test(value))) yield value;
  } else if (Array.isArray(value)) {
    for (const one of value) yield* markersIn(one, key);
  } else if (typeof value === "object" && value !== null) {
    for (const [name, child] of Object.entries(value)) yield* markersIn(child, name);
  }
}
