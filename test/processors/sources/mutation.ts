/** Damages bodies at random, the same way for the same seed: as bytes, as text, and as documents. */
import type { Document, Json } from "./documents.js";

/** Stands in the strings of every document before it is damaged; no message may show it. */
export const MARKER = "p1anted-secret";

/** Numbers from 0 up to 1, always the same for a seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Random = () => number;
type Path = readonly (string | number)[];

const WEIRD_STRINGS = [
  "",
  " ",
  "\u0000",
  "\u007f",
  "\ud800",
  "a\udfffb",
  "\uFEFF",
  "\u202e\u{1f600}",
  "é".repeat(600),
  "x".repeat(512),
  "a:b",
  "__proto__",
  "constructor",
  "NaN",
  "1e400",
  "-1",
  "2022-03-01T20:14:36.210Z",
  "2022-13-41T99:99:99Z",
  "+275760-09-13T00:00:00.001Z",
  "0000-01-01T00:00:00Z",
  "open",
  "completed",
  "queue",
  "event",
  "CONVERSATION_SYNC_AUDIT",
  "kustomer.conversation.delete",
  MARKER,
];

/** As they are written in JSON, since some of them have no value that JSON.stringify would write. */
const NUMBERS = [
  "0",
  "-0",
  "-1",
  "1.5",
  "1e400",
  "-1e400",
  "1e-400",
  "9007199254740989",
  "9007199254740990",
  "9007199254740991",
  "9007199254740993",
  "9007199254741",
  "18446744073709551616",
  `1${"0".repeat(400)}`,
  "1646165676211",
];
const NUMBER_PLACE = "\u0001number\u0001";

const KEYS = ["__proto__", "constructor", "prototype", "isSync", "persist", "rev", "after", "data", "meta", MARKER, ""];

/** The body of a document, damaged in one to three ways. */
export function mutatedBody(document: Document, random: Random): Uint8Array {
  let damaged: Json = document;
  for (let times = between(random, 0, 2); times > 0; times--) damaged = mutateDocument(damaged, random);
  let text = JSON.stringify(damaged);
  text = text.replaceAll(JSON.stringify(NUMBER_PLACE), () => pick(random, NUMBERS));
  if (random() < 0.25) text = mutateText(text, random);
  const body = new TextEncoder().encode(text);
  return random() < 0.25 ? mutateBytes(body, random) : body;
}

/** A copy of a document whose long strings (not the ones that say what the document is) end in the marker. */
export function withMarker(value: Json, key = ""): Json {
  if (typeof value === "string") return isMeaningful(key, value) ? value : `${value}${MARKER}`;
  if (Array.isArray(value)) return value.map((item) => withMarker(item, key));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, withMarker(child, name)]));
}

function isMeaningful(key: string, value: string): boolean {
  const words = [
    "name",
    "event",
    "eventName",
    "type",
    "__typename",
    "msg",
    "status",
    "state",
    "resourceType",
    "after",
    "before",
  ];
  return words.includes(key) || /^\d{4}-\d\d-\d\dT/.test(value);
}

function mutateDocument(document: Json, random: Random): Json {
  const paths = pathsOf(document);
  const path = pick(random, paths);
  switch (between(random, 0, 6)) {
    case 0:
    case 1:
    case 2:
      return replaceAt(document, path, () => strangeValue(random));
    case 3:
      return replaceAt(document, path, () => undefined);
    case 4:
      return replaceAt(document, path, (value) => nest(value, between(random, 1, 80), random));
    case 5:
      return replaceAt(document, path, () => valueAt(document, pick(random, paths)));
    default:
      return replaceAt(document, path, (value) => withKey(value, pick(random, KEYS), strangeValue(random)));
  }
}

function strangeValue(random: Random): Json {
  switch (between(random, 0, 7)) {
    case 0:
      return null;
    case 1:
      return random() < 0.5;
    case 2:
      return [];
    case 3:
      return {};
    case 4:
      return { data: null };
    case 5:
      return NUMBER_PLACE;
    case 6:
      return [strangeValue(random), strangeValue(random)];
    default:
      return pick(random, WEIRD_STRINGS);
  }
}

function nest(value: Json, depth: number, random: Random): Json {
  let nested = value;
  for (let level = 0; level < depth; level++) nested = random() < 0.5 ? [nested] : { [MARKER]: nested };
  return nested;
}

function withKey(value: Json, key: string, child: Json): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return { [key]: child };
  return Object.fromEntries([...Object.entries(value), [key, child]]);
}

/** Where every value stands, the document itself included. */
function pathsOf(value: Json, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path];
  const children: [string | number, Json][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [path, ...children.flatMap(([step, child]) => pathsOf(child, [...path, step]))];
}

function valueAt(value: Json, path: Path): Json {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  const children = new Map<string | number, Json>(Array.isArray(value) ? value.entries() : Object.entries(value ?? {}));
  return valueAt(children.get(step) ?? null, rest);
}

function replaceAt(value: Json, path: Path, replacement: (value: Json) => Json | undefined): Json {
  const [step, ...rest] = path;
  if (step === undefined) return replacement(value) ?? null;
  if (Array.isArray(value))
    return value.map((item, index) => (index === step ? replaceAt(item, rest, replacement) : item));
  const entries = Object.entries(value ?? {}).flatMap(([key, child]): [string, Json][] => {
    if (key !== step) return [[key, child]];
    const replaced = rest.length === 0 ? replacement(child) : replaceAt(child, rest, replacement);
    return replaced === undefined ? [] : [[key, replaced]];
  });
  return Object.fromEntries(entries);
}

/** Damage that only text can have: a key twice, an escape, a piece that is missing or doubled, many brackets. */
function mutateText(text: string, random: Random): string {
  const at = between(random, 0, text.length);
  const end = Math.min(text.length, at + between(random, 0, 40));
  switch (between(random, 0, 5)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(0, at) + text.slice(end);
    case 2:
      return text.slice(0, end) + text.slice(at);
    case 3:
      return `${text.slice(0, at)}${pick(random, ["[", '{"a":']).repeat(between(random, 1, 2_000))}${text.slice(at)}`;
    case 4:
      return `{${JSON.stringify(pick(random, ["id", "name", "data", "org", "__proto__"]))}:${pick(random, NUMBERS)},${text.slice(1)}`;
    default:
      return `${text.slice(0, at)}${pick(random, ["\\u005f", "\\ud800", "\\u0000", '"', "\\", ",", "\uFEFF", "\u{1f600}"])}${text.slice(at)}`;
  }
}

function mutateBytes(body: Uint8Array, random: Random): Uint8Array {
  if (random() < 0.3) return body.slice(0, between(random, 0, body.length));
  const damaged = body.slice();
  for (let times = between(random, 1, 8); times > 0; times--)
    damaged[between(random, 0, body.length - 1)] = between(random, 0, 255);
  return damaged;
}

function between(random: Random, least: number, most: number): number {
  return least + Math.floor(random() * (Math.max(most, least) - least + 1));
}

export function pick<Item>(random: Random, items: readonly Item[]): Item {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error("nothing to pick from");
  return item;
}
