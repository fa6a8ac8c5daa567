/** Runs documents of files, and prints what happened. */
import type { RowPage } from "../../runtime/stores/index.js";
import { assignmentRowCodec } from "../../schemas/index.js";
import { ASSIGNMENT_STORE } from "../../topology/index.js";
import { type FileRun, type FileRunPorts, type FileRunSettings, withFileRun } from "../file-run.js";
import type { TryOutput } from "./output.js";
import { keyed, stateRow } from "./rows.js";

export interface TrySettings extends Omit<FileRunSettings, "conversation"> {
  readonly files: readonly string[];
}

export interface TryPorts extends Omit<FileRunPorts, "output"> {
  readonly output: TryOutput;
}

/** How many rows of the state are printed at once. */
const STATE_PAGE_ROWS = 1_000;

/**
 * @returns how many documents were unreadable; each was named through `complain`.
 * @throws ReaderGoneError when nobody reads the output any more.
 */
export async function runTry(settings: TrySettings, ports: TryPorts): Promise<number> {
  const { output, progress } = ports;
  const told = {
    ...ports,
    output: {
      assignment: (row) => output.assignment(keyed(row)),
      decision: (row) => output.decision(keyed(row)),
      ignored: () => output.ignored(),
      flush: () => output.flush(),
    },
  } satisfies FileRunPorts;
  return withFileRun({ ...settings, conversation: null }, told, async (run) => {
    for (const file of settings.files) await run.file(file);
    progress.clear();
    await printStates(run, output);
    return run.unreadable;
  });
}

async function printStates({ engine, unreadable }: FileRun, output: TryOutput): Promise<void> {
  const store = engine.store(ASSIGNMENT_STORE, 0);
  let conversations = 0;
  let diverged = 0;
  let page: RowPage = { rows: [], after: "" };
  while (page.after !== null) {
    page = await store.page({ after: page.after, maxRows: STATE_PAGE_ROWS });
    const rows = page.rows.map(({ key, value }) => stateRow(key, assignmentRowCodec.decode(value)));
    conversations += rows.length;
    diverged += rows.filter((row) => row.diverged).length;
    await output.states(rows);
  }
  await output.end({ conversations, diverged, unreadable });
}
