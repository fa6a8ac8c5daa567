/** `dead-letters list`: a table for people, NDJSON for programs. Never a body. */
import type { CodeCount, DeadLetterPort, ListedLetter, ListRequest } from "../../runtime/dead-letters/index.js";
import { jsonLine } from "../output/json-line.js";
import type { Progress } from "../output/progress.js";
import { type Column, Table } from "../output/table.js";
import type { Look } from "../output/terminal.js";
import { formatCount, plural, printable } from "../output/text.js";
import type { Writer } from "../output/writer.js";
import { headFields, isoTime, NOTHING, originalName } from "./output.js";

export interface ListPorts {
  readonly writer: Writer;
  readonly look: Look;
  readonly progress: Progress;
  /** Takes a line about what the output does not hold. */
  readonly note: (line: string) => void;
}

const COLUMNS: readonly Column[] = [
  { title: "place", minWidth: 5 },
  { title: "failed at", minWidth: 10 },
  { title: "was", minWidth: 12 },
  { title: "code", minWidth: 18 },
  { title: "message", minWidth: 20 },
  { title: "bytes", minWidth: 5 },
  { title: "source", minWidth: 8 },
  { title: "again", minWidth: 6 },
];
/** Some name all that is known: `show` and --json have them whole. */
const MAX_MESSAGE_CHARACTERS = 100;

export async function listDeadLetters(
  letters: DeadLetterPort,
  request: ListRequest,
  { json }: { readonly json: boolean },
  ports: ListPorts,
): Promise<void> {
  const listed: ListedLetter[] = [];
  for await (const step of letters.list(request)) {
    if (step.kind === "read") ports.progress.update(step.records);
    else if (step.kind === "letter") listed.push(step.letter);
    else {
      ports.progress.clear();
      print(listed, step, json, ports);
    }
  }
  await ports.writer.flush();
}

function print(
  letters: readonly ListedLetter[],
  { omitted, codes }: { readonly omitted: number; readonly codes: readonly CodeCount[] },
  json: boolean,
  { writer, look, note }: ListPorts,
): void {
  const more = `${plural(omitted, "older dead letter")} not shown: --limit takes a larger number, and filters fewer`;
  if (json) {
    for (const letter of letters) writer.write(jsonLine(jsonRow(letter)));
    if (omitted > 0) note(more);
    return;
  }
  if (letters.length > 0) writer.write(tableText(letters, look));
  writer.write(summaryText(codes));
  if (omitted > 0) writer.write(`${more}.\n`);
}

function tableText(letters: readonly ListedLetter[], { width, colors }: Look): string {
  const rows = letters.map((letter) => ({ heading: "", cells: cellsOf(letter).map(printable) }));
  return `${new Table(COLUMNS, width, colors.bold).render(rows)}\n`;
}

function cellsOf(letter: ListedLetter): string[] {
  return [
    letter.place,
    isoTime(letter.failedAtMs),
    originalName(letter.original),
    letter.code,
    messageCell(letter),
    letter.sizeBytes === null ? null : formatCount(letter.sizeBytes),
    letter.source,
    againName(letter),
  ].map((cell) => cell ?? NOTHING);
}

/** The code has a column of its own. */
function messageCell({ code, message }: ListedLetter): string | null {
  if (message === null) return null;
  const text = code !== null && message.startsWith(code) ? message.slice(code.length).replace(/^:? /, "") : message;
  return text.length <= MAX_MESSAGE_CHARACTERS ? text : `${text.slice(0, MAX_MESSAGE_CHARACTERS - 1)}\u2026`;
}

function againName({ sentAs, failedAgainAs }: ListedLetter): string | null {
  if (failedAgainAs !== null) return `failed again as ${failedAgainAs}`;
  return sentAs === null ? null : "sent";
}

/** A line for each code. */
function summaryText(codes: readonly CodeCount[]): string {
  if (codes.length === 0) return "No dead letters.\n";
  return codes.map(({ code, letters }) => `${printable(code)}: ${plural(letters, "dead letter")}\n`).join("");
}

function jsonRow(letter: ListedLetter) {
  return {
    ...headFields(letter),
    sizeBytes: letter.sizeBytes,
    source: letter.source,
    earlierPlace: letter.earlierPlace,
    sentAgain: letter.sentAs !== null || letter.failedAgainAs !== null,
    sentAs: letter.sentAs,
    failedAgainAs: letter.failedAgainAs,
  };
}
