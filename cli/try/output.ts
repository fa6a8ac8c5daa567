/** Where `try` sends what it sees: NDJSON for programs, a table and a summary for people. */
import type { AssignmentDecision, QueueAssignment } from "../../schemas/index.js";
import type { Colors } from "../output/terminal.js";
import type { Writer } from "../output/writer.js";
import { jsonLine, type Keyed, type Show, type StateRow } from "./rows.js";
import { Summary } from "./summary.js";
import { ASSIGNMENTS, DECISIONS, RowTable, STATES } from "./tables.js";

export interface TryTotals {
  readonly conversations: number;
  readonly diverged: number;
  readonly unreadable: number;
}

/** Told of everything; prints what was asked for. */
export interface TryOutput {
  assignment(row: Keyed<QueueAssignment>): void;
  decision(row: Keyed<AssignmentDecision>): void;
  ignored(): void;
  /** Called between chunks of the input. */
  flush(): Promise<void>;
  /** Called at the end, page by page. */
  states(rows: readonly StateRow[]): Promise<void>;
  end(totals: TryTotals): Promise<void>;
}

export function jsonOutput(writer: Writer, show: Show): TryOutput {
  const print = (wanted: Show, row: object) => {
    if (show === wanted) writer.write(jsonLine(row));
  };
  return {
    assignment: (row) => print("assignments", row),
    decision: (row) => print("decisions", row),
    ignored: () => undefined,
    flush: () => writer.flush(),
    states: async (rows) => {
      for (const row of rows) print("state", row);
      await writer.flush();
    },
    end: () => writer.flush(),
  };
}

export interface TableSettings {
  readonly show: Show;
  readonly width: number;
  readonly colors: Colors;
}

export function tableOutput(writer: Writer, { show, width, colors }: TableSettings): TryOutput {
  const assignments = new Pending(new RowTable(ASSIGNMENTS, width, colors), show === "assignments");
  const decisions = new Pending(new RowTable(DECISIONS, width, colors), show === "decisions");
  const states = new Pending(new RowTable(STATES, width, colors), show === "state");
  const summary = new Summary(width);
  const flush = async () => {
    writer.write(assignments.render() + decisions.render() + states.render());
    await writer.flush();
  };
  return {
    assignment: (row) => assignments.add(row),
    decision: (row) => {
      summary.add(row);
      decisions.add(row);
    },
    ignored: () => {
      summary.ignored += 1;
    },
    flush,
    states: async (rows) => {
      for (const row of rows) states.add(row);
      await flush();
    },
    end: async ({ conversations, diverged, unreadable }) => {
      summary.unreadable = unreadable;
      writer.write(summary.text(conversations, diverged, colors));
      await writer.flush();
    },
  };
}

/** Rows that were seen since the last flush, if they are to be shown at all. */
class Pending<Row extends { readonly key: string }> {
  private rows: Row[] = [];

  constructor(
    private readonly table: RowTable<Row>,
    private readonly shown: boolean,
  ) {}

  add(row: Row): void {
    if (this.shown) this.rows.push(row);
  }

  render(): string {
    const { rows } = this;
    this.rows = [];
    return rows.length === 0 ? "" : this.table.render(rows);
  }
}
