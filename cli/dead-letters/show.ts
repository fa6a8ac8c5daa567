/** `dead-letters show PLACE`: everything of one letter, as a terminal can stand it; or its exact bytes. */
import type { Letter } from "../../runtime/dead-letters/index.js";
import { decodeText, type RecordHeader } from "../../runtime/task/index.js";
import { jsonLine } from "../output/json-line.js";
import { plural, printable } from "../output/text.js";
import { headFields, isoTime, NOTHING, originalName } from "./output.js";

/** For people: a line for each thing that there is to say, the headers, an empty line, the body. */
export function letterText(letter: Letter): string {
  const lines = [
    `place: ${letter.place}`,
    `failed at: ${isoTime(letter.failedAtMs) ?? NOTHING}`,
    `was: ${originalName(letter.original) ?? NOTHING}`,
    `error: ${letter.message ?? letter.code ?? NOTHING}`,
    `timestamp: ${isoTime(letter.timestampMs) ?? NOTHING}`,
    `key: ${bytesName(letter.key)}`,
    ...letter.headers.map(({ key, value }) => `header ${key}: ${bytesName(value)}`),
  ].map((line) => `${printable(line)}\n`);
  return `${lines.join("")}\n${bodyText(letter.value)}`;
}

/** One JSON object; key and value as base64, headers as text where they are text. */
export function letterJson(letter: Letter): string {
  return jsonLine({
    ...headFields(letter),
    timestamp: letter.timestampMs,
    key: base64(letter.key),
    value: base64(letter.value),
    headers: letter.headers.map(headerJson),
  });
}

function bodyText(value: Uint8Array | null): string {
  if (value === null) return "(no value)\n";
  if (value.length === 0) return "(an empty value)\n";
  const text = decodeText(value);
  // Lines stay lines; everything else that a terminal obeys is shown.
  const body = lossyText(value).split("\n").map(printable).join("\n");
  const ending = body.endsWith("\n") ? "" : "\n";
  const note = text === null ? `(not UTF-8: ${plural(value.length, "byte")}; --raw gives them as they are)\n` : "";
  return `${body}${ending}${note}`;
}

function bytesName(bytes: Uint8Array | null): string {
  if (bytes === null) return "(none)";
  return decodeText(bytes) ?? `(not UTF-8, base64) ${base64(bytes)}`;
}

function headerJson({ key: name, value }: RecordHeader) {
  const text = value === null ? null : decodeText(value);
  return value !== null && text === null ? { name, value: null, base64: base64(value) } : { name, value: text };
}

function lossyText(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

function base64(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString("base64");
}
