/** The tables that `try` prints for people: one per thing that can be shown. */

import type { AssignmentDecision, QueueAssignment } from "../../schemas/index.js";
import { CLASS_COLORS } from "../output/class-colors.js";
import { assignmentName, targetName, timeName, versionName } from "../output/names.js";
import { type Column, Table } from "../output/table.js";
import type { Colors } from "../output/terminal.js";
import { printable } from "../output/text.js";
import type { Keyed, StateRow } from "./rows.js";

/** Words stay whole as long as ids can be wrapped instead. */
const WHOLE_WORDS: Readonly<Record<string, number>> = {
  reason: 22,
  decision: 22,
  "life cycle": 10,
  class: 9,
  key: 10,
  holder: 10,
  version: 10,
};

/** A table of rows of one kind, printed as they come, with a line before the rows of each conversation where it has one. */
export class RowTable<Row extends { readonly key: string }> {
  private readonly table: Table;
  private lastHeading = "";

  constructor(
    private readonly layout: TableLayout<Row>,
    width: number,
    private readonly colors: Colors,
  ) {
    this.table = new Table(layout.columns, width, colors.bold);
  }

  render(rows: readonly Row[]): string {
    return this.table.render(
      rows.map((row) => ({ heading: this.headingOf(row), cells: this.layout.cells(row, this.colors) })),
    );
  }

  private headingOf(row: Row): string {
    const heading = this.layout.heading(row, this.colors);
    if (heading === this.lastHeading) return "";
    this.lastHeading = heading;
    return heading;
  }
}

interface TableLayout<Row> {
  readonly columns: readonly Column[];
  /** A line of its own before the row, when it differs from that of the row above; empty for none. */
  readonly heading: (row: Row, colors: Colors) => string;
  readonly cells: (row: Row, colors: Colors) => string[];
}

const conversationHeading = ({ key }: { readonly key: string }, colors: Colors) => colors.bold(printable(key));

export const ASSIGNMENTS: TableLayout<Keyed<QueueAssignment>> = {
  columns: columns("seq", "assignment", "before", "life cycle", "reason", "version", "decided by event", "decided at"),
  heading: conversationHeading,
  cells: (row, colors) => [
    String(row.sequence),
    colors.green(assignmentName(row.assignment, row.assignmentVersion)),
    targetName(row.previousAssignment),
    row.lifecycle,
    printable(row.reason),
    versionName(row.assignmentVersion),
    printable(row.causeEventId),
    timeName(row.decidedAt),
  ],
};

const ENTITY_LETTERS = { CONVERSATION: "C", WORK_ITEM: "W", AUDIT: "audit" } as const;

export const DECISIONS: TableLayout<Keyed<AssignmentDecision>> = {
  columns: columns("event", "of", "says", "key", "decision", "class", "emitted", "holder", "diverged"),
  heading: conversationHeading,
  cells: (row, colors) => {
    const color = CLASS_COLORS[row.decisionClass](colors);
    return [
      printable(row.eventId),
      `${ENTITY_LETTERS[row.entity]}${row.revision ?? ""}`,
      row.target === null && row.version === null ? "-" : targetName(row.target),
      versionName(row.version),
      color(printable(row.reason)),
      color(row.decisionClass),
      row.emittedSequence === null ? "-" : `seq ${row.emittedSequence}`,
      versionName(row.holderVersion),
      row.diverged ? colors.red("yes") : "no",
    ];
  },
};

export const STATES: TableLayout<StateRow> = {
  columns: columns("conversation", "seq", "assignment", "version", "life cycle", "source's record", "diverged"),
  heading: () => "",
  cells: (row, colors) => [
    printable(row.key),
    String(row.sequence),
    colors.green(assignmentName(row.assignment, row.assignmentVersion)),
    versionName(row.assignmentVersion),
    row.lifecycle,
    targetName(row.record),
    row.diverged ? colors.red("yes") : "no",
  ],
};

function columns(...titles: readonly string[]): Column[] {
  return titles.map((title) => ({ title, minWidth: WHOLE_WORDS[title] ?? Math.min(title.length, 8) }));
}
