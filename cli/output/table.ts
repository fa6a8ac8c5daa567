/** A table that is printed as its rows come: column widths are settled by the first rows, later cells wrap into them. */
import stringWidth from "string-width";
import wrapAnsi from "wrap-ansi";

export interface Column {
  readonly title: string;
  /** Columns shrink, when the terminal is narrow, in proportion to what they have above this (characters). */
  readonly minWidth: number;
}

export interface Row {
  /** A line of its own before the row; empty for none. */
  readonly heading: string;
  readonly cells: readonly string[];
}

const GAP = "  ";

export class Table {
  private widths: readonly number[] | null = null;

  constructor(
    private readonly columns: readonly Column[],
    private readonly width: number,
    private readonly styleTitle: (text: string) => string,
  ) {}

  /** The text of these rows; the first call puts the titles before them. */
  render(rows: readonly Row[]): string {
    const titles = this.widths === null ? this.columns.map(({ title }) => title) : null;
    this.widths ??= fitWidths(this.columns, naturalWidths(this.columns, rows), this.width);
    const { widths } = this;
    const before = titles === null ? "" : this.line(titles, widths, this.styleTitle);
    return before + rows.map(({ heading, cells }) => this.headingLines(heading) + this.line(cells, widths)).join("");
  }

  private headingLines(heading: string): string {
    return heading === "" ? "" : `${wrapAnsi(heading, this.width, { hard: true })}\n`;
  }

  private line(
    cells: readonly string[],
    widths: readonly number[],
    style: (text: string) => string = (text) => text,
  ): string {
    const wrapped = cells.map((cell, index) =>
      wrapAnsi(cell, widths[index] ?? 1, { hard: true, trim: true }).split("\n"),
    );
    const height = Math.max(1, ...wrapped.map((lines) => lines.length));
    let text = "";
    for (let row = 0; row < height; row++) {
      const parts = wrapped.map((lines, index) => padded(style(lines[row] ?? ""), widths[index] ?? 1));
      text += `${parts.join(GAP).trimEnd()}\n`;
    }
    return text;
  }
}

function padded(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - stringWidth(text)));
}

function naturalWidths(columns: readonly Column[], rows: readonly Row[]): number[] {
  return columns.map(({ title }, index) =>
    rows.reduce((widest, row) => Math.max(widest, stringWidth(row.cells[index] ?? "")), stringWidth(title)),
  );
}

/** Takes from the widest columns first until the table fits; every column keeps at least one character. */
function fitWidths(columns: readonly Column[], natural: readonly number[], width: number): number[] {
  const widths = [...natural];
  const available = Math.max(columns.length, width - GAP.length * (columns.length - 1));
  for (const floor of [(index: number) => columns[index]?.minWidth ?? 1, () => 1]) {
    while (sum(widths) > available) {
      const widest = indexOfWidest(widths, floor);
      if (widest === -1) break;
      widths[widest] = (widths[widest] ?? 1) - 1;
    }
  }
  return widths;
}

function indexOfWidest(widths: readonly number[], floor: (index: number) => number): number {
  let widest = -1;
  widths.forEach((width, index) => {
    if (width > floor(index) && (widest === -1 || width > (widths[widest] ?? 0))) widest = index;
  });
  return widest;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
