/** Blocks of `console`: commands behind `$ `, each with what it prints, and `…` for what is left out or differs each time. */
import { type Block, placeOf } from "./blocks.js";

export interface Shown {
  readonly command: string;
  /** What the document shows of it; "" when nothing. */
  readonly output: string;
  /** Its place in the document. */
  readonly place: string;
}

const LEFT_OUT = "…";

/** @throws Error for a block that does not begin with a command */
export function commandsOf(block: Block): Shown[] {
  const shown: { command: string; output: string; place: string }[] = [];
  for (const [index, line] of block.text.trimEnd().split("\n").entries()) {
    const last = shown.at(-1);
    if (line.startsWith("$ ")) {
      shown.push({ command: line.slice(2), output: "", place: `${block.file}:${block.line + 1 + index}` });
    } else if (last === undefined) {
      throw new Error(`${placeOf(block)}: a console block begins with "$ " and a command`);
    } else if (line.startsWith("> ") && last.output === "") {
      last.command += `\n${line.slice(2)}`;
    } else {
      last.output += `${line}\n`;
    }
  }
  return shown;
}

/** Whether that was printed: `…` alone on a line stands for any lines, within a line for any text. */
export function fits(printed: string, shown: string): boolean {
  const lines = trimmed(shown).map((line) =>
    line.trim() === LEFT_OUT ? "(?:[^\\n]*\\n)*?" : `${line.split(LEFT_OUT).map(escaped).join("[^\\n]*?")}\\n`,
  );
  return new RegExp(`^${lines.join("")}$`).test(
    trimmed(printed)
      .map((line) => `${line}\n`)
      .join(""),
  );
}

function trimmed(text: string): string[] {
  const all = text.trimEnd();
  return all === "" ? [] : all.split("\n").map((line) => line.trimEnd());
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
