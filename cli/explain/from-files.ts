/** The timeline of a conversation whose events are in files: they are run as `try` runs them. */
import { queryPort } from "../../runtime/embedded/index.js";
import { AssignmentQueries, type Timeline } from "../../runtime/queries/index.js";
import type { FileRunOutput, FileRunPorts, FileRunSettings } from "../file-run.js";
import { withFileRun } from "../file-run.js";

export interface FilesExplained {
  /** Null when no document is of the conversation. */
  readonly timeline: Timeline | null;
  /** Each was named through `complain`. */
  readonly unreadable: number;
}

const SILENT: FileRunOutput = {
  assignment: () => undefined,
  decision: () => undefined,
  ignored: () => undefined,
  flush: () => Promise.resolve(),
};

export async function explainFiles(
  key: string,
  files: readonly string[],
  settings: FileRunSettings,
  ports: Omit<FileRunPorts, "output">,
): Promise<FilesExplained> {
  return withFileRun(settings, { ...ports, output: SILENT }, async (run) => {
    for (const file of files) await run.file(file);
    ports.progress.clear();
    const timeline = await new AssignmentQueries(queryPort(run.engine), run.owner).timeline(key);
    return { timeline, unreadable: run.unreadable };
  });
}
