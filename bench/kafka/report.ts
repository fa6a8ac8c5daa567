/** Tables of a benchmark: each run, and the median of each column. */
import { cpus, totalmem } from "node:os";
import { median } from "../measure.js";

export interface Column<Row> {
  readonly title: string;
  readonly of: (row: Row) => number;
  readonly digits: number;
}

const WIDTH = 13;
const NAME_WIDTH = 26;

export function printTable<Row>(columns: readonly Column<Row>[], runs: readonly (readonly [string, Row])[]): void {
  console.log(
    line(
      "",
      columns.map(({ title }) => title),
    ),
  );
  for (const name of new Set(runs.map(([of]) => of))) {
    const rows = runs.filter(([of]) => of === name).map(([, row]) => row);
    const each = rows.map((row) => columns.map((column) => format(column.of(row), column.digits)));
    for (const [index, cells] of each.entries()) console.log(line(`${name}, run ${index + 1}`, cells));
    const middle = columns.map((column) => format(median(rows.map(column.of)), column.digits));
    console.log(line(`${name}, median`, middle));
  }
}

/** What it ran on. */
export function printMachine(): void {
  const [cpu] = cpus();
  const memory = (totalmem() / 1024 ** 3).toFixed(0);
  console.log(
    `machine: ${cpus().length} cores (${cpu?.model ?? "unknown"}), ${memory} GiB, Node.js ${process.version}`,
  );
}

export function mib(bytes: number): number {
  return bytes / 1024 ** 2;
}

function line(name: string, cells: readonly string[]): string {
  return name.padEnd(NAME_WIDTH) + cells.map((cell) => cell.padStart(WIDTH)).join("");
}

function format(value: number, digits: number): string {
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
