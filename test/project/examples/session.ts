/** A session: the blocks of one name, run one after the other in one folder, as a reader would who follows the document. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Block, placeOf } from "./blocks.js";
import { commandsOf, fits } from "./console.js";
import { blocksOfSession } from "./documents.js";
import { type Printed, Shell } from "./shell.js";
import { compile } from "./typescript.js";

/** What a session is given beside its blocks. */
export interface Surroundings {
  readonly env?: Readonly<Record<string, string>>;
  /** Folders of programs that are found before those of the system. */
  readonly path?: readonly string[];
  /** Scripts for `sh`, under the names by which the document calls them. */
  readonly programs?: Readonly<Record<string, string>>;
  /** Addresses and folders: as the document has them, and as they are here. */
  readonly replace?: readonly (readonly [shown: string, real: string])[];
  /** Puts what the document takes for granted into the folder. */
  readonly before?: (shell: Shell) => Promise<void>;
  /** Looks at what has come of it. */
  readonly after?: (shell: Shell) => Promise<void>;
}

/** @throws Error with the place of the block that did not do what the document says */
export async function runSession(name: string, surroundings: Surroundings): Promise<void> {
  const { env = {}, path = [], programs = {}, replace = [], before, after } = surroundings;
  const real = (text: string) => replace.reduce((all, [shown, here]) => all.replaceAll(shown, here), text);
  const shown = (text: string) => replace.reduce((all, [there, here]) => all.replaceAll(here, there), text);
  const blocks = blocksOfSession(name);
  if (blocks.length === 0) throw new Error(`no document has a block of the session ${name}`);
  const shell = await Shell.open(env, path, programs);
  try {
    await before?.(shell);
    await putFiles(blocks, shell.folder, real);
    for (const block of blocks) {
      if (block.language === "sh") await runScript(block, shell, real);
      if (block.language === "console") await runConsole(block, shell, real, shown);
    }
    await after?.(shell);
  } finally {
    await shell.close();
  }
}

async function putFiles(blocks: readonly Block[], folder: string, real: (text: string) => string): Promise<void> {
  const files = blocks.flatMap(({ mark, text }) => (mark?.as == null ? [] : [[mark.as, real(text)] as const]));
  for (const [file, text] of files) await writeFile(join(folder, file), text, { flag: "wx" });
  const programs = files.map(([file]) => file).filter((file) => file.endsWith(".ts"));
  if (programs.length > 0) await compile(folder, programs);
}

async function runScript(block: Block, shell: Shell, real: (text: string) => string): Promise<void> {
  const { code, output } = await shell.run(real(block.text));
  if (code !== 0) throw new Error(`${placeOf(block)}: ended with ${code}:\n${output}`);
}

async function runConsole(
  block: Block,
  shell: Shell,
  real: (text: string) => string,
  shown: (text: string) => string,
): Promise<void> {
  const commands = commandsOf(block);
  let last: Printed = { code: 0, output: "" };
  for (const [index, { command, output, place }] of commands.entries()) {
    // What a command ends with is shown by the next one, or is 0.
    const asked = command === "echo $?";
    last = asked ? { code: 0, output: `${last.code}\n` } : await shell.run(real(command));
    const printed = shown(last.output);
    if (!fits(printed, output)) throw new Error(`${place}: ${command}\nprinted:\n${printed}\nand is shown:\n${output}`);
    if (last.code !== 0 && commands[index + 1]?.command !== "echo $?")
      throw new Error(`${place}: ${command}\nended with ${last.code}:\n${printed}`);
  }
}
