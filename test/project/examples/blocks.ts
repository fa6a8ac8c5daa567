/** The fenced blocks of a document in Markdown, each with the mark that says what it is an example of. */

export interface Block {
  /** Relative to the project's root. */
  readonly file: string;
  /** Of the opening fence, from 1. */
  readonly line: number;
  readonly language: string;
  /** As in the document, without the indentation of the fence. */
  readonly text: string;
  readonly mark: Mark | null;
}

/** A comment in front of the block: `<!-- example: SESSION [FILE] -->`, `<!-- generated: NAME -->`, `<!-- not run: NAME -->`. */
export interface Mark {
  readonly kind: string;
  readonly name: string;
  /** The name under which the block is put into its session's folder. */
  readonly as: string | null;
}

const FENCE = /^( *)(```+|~~~+)\s*(\S*)\s*$/;
const MARK = /^\s*<!-- (example|generated|not run): (\S+)(?: (\S+))? -->$/;

/** @throws Error for a fence that is never closed */
export function blocksOf(file: string, markdown: string): Block[] {
  const blocks: Block[] = [];
  const lines = markdown.split("\n");
  for (let at = 0; at < lines.length; at += 1) {
    const [, indentation = "", fence = "", language = ""] = FENCE.exec(lines[at] ?? "") ?? [];
    if (fence === "") continue;
    const end = lines.findIndex((line, index) => index > at && line.trim() === fence);
    if (end === -1) throw new Error(`${file}:${at + 1}: the fence is never closed`);
    const text = lines.slice(at + 1, end).map((line) => line.replace(new RegExp(`^ {0,${indentation.length}}`), ""));
    blocks.push({ file, line: at + 1, language, text: `${text.join("\n")}\n`, mark: markBefore(lines, at) });
    at = end;
  }
  return blocks;
}

/** Where a block is, as editors and terminals understand it. */
export function placeOf({ file, line }: Block): string {
  return `${file}:${line}`;
}

function markBefore(lines: readonly string[], fence: number): Mark | null {
  const before = lines.slice(0, fence).findLast((line) => line.trim() !== "") ?? "";
  const [, kind, name, as = null] = MARK.exec(before) ?? [];
  return kind === undefined || name === undefined ? null : { kind, name, as };
}
