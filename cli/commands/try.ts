/** `queue-ratchet try FILE…` */
import { type Command, Option } from "commander";
import { SOURCES, type Source } from "../../schemas/index.js";
import { addSettings, newCommand, settingsOf } from "../command.js";
import { EXIT_OK, EXIT_USAGE } from "../errors.js";
import { Progress } from "../output/progress.js";
import { colorsFor, widthOf } from "../output/terminal.js";
import { Writer } from "../output/writer.js";
import { jsonOutput, type TryOutput, tableOutput } from "../try/output.js";
import { SHOWS, type Show } from "../try/rows.js";
import { runTry } from "../try/run.js";

const SETTING_NAMES = ["tenant", "workItemStream", "applicationId", "topicPrefix"] as const;

interface TryOptions {
  readonly json?: boolean;
  readonly show: Show;
  readonly source?: Source;
}

export function tryCommand(exit: (code: number) => void): Command {
  const command = newCommand(
    "try",
    "Runs events from files through the real topologies, keeps nothing, and prints what happened.",
    "queue-ratchet try incident.ndjson --tenant 5d2f98fec7a28e001a2cfe04 --show decisions",
  )
    .argument(
      "<FILE...>",
      "NDJSON, a JSON array or one JSON document, log envelopes as they are; - for standard input.",
    )
    .option("--json", "Print NDJSON instead of a table.")
    .addOption(new Option("--show <WHAT>", "What to print.").choices(SHOWS).default("assignments"))
    .addOption(
      new Option("--source <NAME>", "The source of all documents; otherwise told from each.").choices(SOURCES),
    );
  return addSettings(command, SETTING_NAMES).action(async (files: string[]) => {
    const options = command.opts<TryOptions>();
    const settings = await settingsOf(command, SETTING_NAMES);
    if (settings.workItemStream === "absent") {
      process.stderr.write("note: work-item-stream is absent: a stale reverse sync cannot be told from a fresh one\n");
    }
    const unreadable = await runTry(
      { ...settings, files, source: options.source ?? null },
      {
        output: outputOf(options),
        progress: new Progress(process.stderr, "events"),
        complain: (line) => process.stderr.write(`${line}\n`),
      },
    );
    exit(unreadable === 0 ? EXIT_OK : EXIT_USAGE);
  });
}

function outputOf({ json, show }: TryOptions): TryOutput {
  const writer = new Writer(process.stdout);
  if (json === true) return jsonOutput(writer, show);
  const { env, stdout } = process;
  return tableOutput(writer, { show, width: widthOf(stdout, env), colors: colorsFor(stdout, env) });
}
