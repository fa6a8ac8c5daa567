/** What a replay says: its ranges, its differences from the live application, and how it has ended. */
import type {
  ComparedConversation,
  ComparedValue,
  Difference,
  Incomparable,
  InputRange,
  ReplayTotals,
} from "../../runtime/replay/index.js";
import { jsonLine } from "../output/json-line.js";
import { targetName, versionName } from "../output/names.js";
import { Table } from "../output/table.js";
import type { Look } from "../output/terminal.js";
import { formatCount, plural, printable } from "../output/text.js";
import type { Writer } from "../output/writer.js";

export interface ComparisonTotals {
  readonly compared: number;
  readonly differing: number;
  readonly notComparable: number;
}

export interface ComparisonReport {
  add(conversation: ComparedConversation): Promise<void>;
  end(): Promise<ComparisonTotals>;
}

const COLUMNS = [
  { title: "conversation", minWidth: 12 },
  { title: "where", minWidth: 5 },
  { title: "field", minWidth: 9 },
  { title: "live", minWidth: 10 },
  { title: "replayed", minWidth: 10 },
] as const;

const WHERE: Readonly<Record<Difference["where"], string>> = { state: "state", "sync-topic": "sync topic" };

const WHY: Readonly<Record<Incomparable, string>> = {
  "input-expired": "records of them have expired",
  "input-unknown": "their rows do not say where their input begins, and input of their partitions has expired",
  "input-elsewhere": "not all of their records came by raw-events",
  "live-began-later": "the live application had forgotten them, or began after their first records",
};

const SHOWN_DIFFERENCES = 50;
const SHOWN_KEYS = 10;
/** Column widths are settled by the first rows. */
const FIRST_ROWS = 20;

class Totals {
  compared = 0;
  differing = 0;
  notComparable = 0;

  add({ outcome }: ComparedConversation): void {
    if (outcome === "not-comparable") this.notComparable += 1;
    else this.compared += 1;
    if (outcome === "differs") this.differing += 1;
  }
}

/** NDJSON: a line for each difference and each conversation that cannot be compared, and a last one with the numbers. */
export function jsonReport(writer: Writer): ComparisonReport {
  const totals = new Totals();
  return {
    async add(conversation) {
      totals.add(conversation);
      const { key } = conversation;
      if (conversation.outcome === "differs")
        for (const difference of conversation.differences)
          writer.write(jsonLine({ kind: "difference", key, ...difference }));
      if (conversation.outcome === "not-comparable")
        writer.write(jsonLine({ kind: "not-comparable", key, why: conversation.why }));
      await writer.flush();
    },
    async end() {
      writer.write(jsonLine({ kind: "end", ...totals }));
      await writer.flush();
      return totals;
    },
  };
}

export function tableReport(writer: Writer, { width, colors }: Look): ComparisonReport {
  const totals = new Totals();
  const table = new Table(COLUMNS, width, colors.bold);
  const apart = new Map<Incomparable, { count: number; readonly keys: string[] }>();
  let pending: readonly string[][] = [];
  let shown = 0;
  let more = 0;
  const render = () => {
    if (pending.length > 0) writer.write(table.render(pending.map((cells) => ({ heading: "", cells }))));
    pending = [];
  };
  return {
    async add(conversation) {
      totals.add(conversation);
      if (conversation.outcome === "not-comparable") {
        const group = apart.get(conversation.why) ?? { count: 0, keys: [] };
        group.count += 1;
        if (group.keys.length < SHOWN_KEYS) group.keys.push(conversation.key);
        apart.set(conversation.why, group);
      }
      if (conversation.outcome !== "differs") return;
      for (const difference of conversation.differences) {
        if (shown >= SHOWN_DIFFERENCES) more += 1;
        else pending = [...pending, cellsOf(conversation.key, difference)];
        shown += 1;
      }
      if (pending.length >= FIRST_ROWS) render();
      await writer.flush();
    },
    async end() {
      render();
      if (more > 0) writer.write(`… and ${plural(more, "more difference")}; --json prints all of them.\n`);
      for (const [why, { count, keys }] of apart) writer.write(apartText(why, count, keys));
      writer.write(totalsText(totals));
      await writer.flush();
      return totals;
    },
  };
}

function cellsOf(key: string, { where, field, live, replayed }: Difference): string[] {
  return [printable(key), WHERE[where], field, valueText(live), valueText(replayed)];
}

function valueText(value: ComparedValue): string {
  if (value === null) return "-";
  if (typeof value !== "object") return printable(String(value));
  if ("basis" in value) return `${versionName(value)} ${printable(value.eventId)}`;
  if ("eventId" in value) return `${targetName(value.target)} (${value.revision} ${printable(value.eventId)})`;
  return targetName(value);
}

function apartText(why: Incomparable, count: number, keys: readonly string[]): string {
  const more = count > keys.length ? `  … and ${formatCount(count - keys.length)} more\n` : "";
  const lines = keys.map((key) => `  ${printable(key)}\n`).join("");
  return `Not comparable: ${plural(count, "conversation")}, as ${WHY[why]}:\n${lines}${more}`;
}

function totalsText({ compared, differing, notComparable }: ComparisonTotals): string {
  const differences = differing === 0 ? "no differences" : `${formatCount(differing)} with differences`;
  const apart = notComparable === 0 ? "" : `; ${formatCount(notComparable)} not comparable`;
  return `${plural(compared, "conversation")} compared with the live state and the sync topic: ${differences}${apart}.\n`;
}

/** A line per partition that has anything. */
export function rangesText(ranges: readonly InputRange[]): string {
  const lines = ranges.filter(hasAny).map((range) => `  ${rangeText(range)}\n`);
  return lines.length === 0 ? NOTHING : lines.join("");
}

/** The same, with one line for a topic that is read whole. */
export function shortRangesText(ranges: readonly InputRange[]): string {
  const topics = [...new Set(ranges.map(({ topic }) => topic))];
  const lines = topics.map((topic) => {
    const own = ranges.filter((range) => range.topic === topic);
    const isWhole = own.every(({ startOffset, fromOffset }) => startOffset === 0 && fromOffset === 0);
    const count = own.reduce((sum, { toOffset }) => sum + toOffset, 0);
    if (!isWhole) return own.some(hasAny) ? rangesText(own) : "";
    return count === 0 ? "" : `  ${printable(topic)}: all of it, ${plural(count, "offset")}\n`;
  });
  return lines.join("") || NOTHING;
}

const NOTHING = "  nothing: the input is empty\n";

function hasAny({ startOffset, toOffset }: InputRange): boolean {
  return toOffset > startOffset;
}

function rangeText({ topic, partition, startOffset, fromOffset, toOffset }: InputRange): string {
  const range = fromOffset === toOffset ? "nothing" : `offsets ${fromOffset} to ${toOffset - 1}`;
  const rebuilt = fromOffset > startOffset ? `, rows rebuilt from ${startOffset}` : "";
  const expired = startOffset > 0 ? `; what was before ${startOffset} has expired` : "";
  return `${printable(topic)}, partition ${partition}: ${range}${rebuilt}${expired}`;
}

export function endText({ rebuilt, replayed, refused }: ReplayTotals, assignments: number): string {
  const before = rebuilt === 0 ? "" : `, after ${plural(rebuilt, "earlier record")} to rebuild the rows`;
  const dead = refused === 0 ? "" : `; ${plural(refused, "record")} could not be processed`;
  return `${plural(replayed, "record")} replayed${before}: ${plural(assignments, "queue assignment")}${dead}.\n`;
}
