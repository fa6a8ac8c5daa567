/** What the terminal can do. */
import type { WriteStream } from "node:tty";
import { createColors } from "picocolors";

export type Colors = ReturnType<typeof createColors>;

const WIDTH_WITHOUT_TERMINAL = 120;
const NARROWEST = 20;

export interface Look {
  readonly width: number;
  readonly colors: Colors;
}

/** What tables are fitted to. */
export function lookOf(stream: NodeJS.WriteStream, environment: NodeJS.ProcessEnv): Look {
  return { width: widthOf(stream, environment), colors: colorsFor(stream, environment) };
}

/** Colour only on a terminal, and never against NO_COLOR. */
export function colorsFor(stream: NodeJS.WriteStream, environment: NodeJS.ProcessEnv): Colors {
  const refused = (environment.NO_COLOR ?? "") !== "" || environment.TERM === "dumb";
  return createColors(isTerminal(stream) && !refused);
}

/** Columns of the terminal; without one, of COLUMNS or 120. */
export function widthOf(stream: NodeJS.WriteStream, environment: NodeJS.ProcessEnv): number {
  const columns = isTerminal(stream) ? stream.columns : Number(environment.COLUMNS);
  return Number.isInteger(columns) && columns > 0 ? Math.max(columns, NARROWEST) : WIDTH_WITHOUT_TERMINAL;
}

export function isTerminal(stream: NodeJS.WriteStream): stream is WriteStream {
  return stream.isTTY === true;
}
