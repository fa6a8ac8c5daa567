/** `queue-ratchet start` */
import type { Command } from "commander";
import { addSettings, newCommand, settingsOf } from "../command.js";
import { UsageError } from "../errors.js";
import { explanationText } from "../explain/text.js";
import { Progress } from "../output/progress.js";
import { colorsFor, isTerminal, lookOf } from "../output/terminal.js";
import { jsonLog, type ServiceLog, terminalLog } from "../start/log.js";
import { runStart } from "../start/run.js";
import { type Service, START_SETTINGS } from "../start/service.js";

interface StartFlags {
  readonly input?: readonly string[];
  readonly exitAfterInput?: boolean;
  readonly demo?: boolean;
}

export function startCommand(exit: (code: number) => void): Command {
  const command = newCommand(
    "start",
    "Runs the service until it is asked to stop.",
    "queue-ratchet start --data-dir /var/lib/queue-ratchet --port 8080",
  )
    .option("--input <FILE...>", "Put these files through raw-events, as try reads them; - for standard input.")
    .option("--exit-after-input", "End when the input is processed: 0, or 2 if any of it was unreadable.")
    .option("--demo", "Put the bundled incident through a new data folder, and print its timeline.");
  return addSettings(command, START_SETTINGS).action(async () => {
    const { input = [], exitAfterInput = false, demo = false } = command.opts<StartFlags>();
    if (exitAfterInput && input.length === 0) throw new UsageError("--exit-after-input: there is no --input");
    const settings = await settingsOf(command, START_SETTINGS);
    if (demo && settings.engine !== "embedded")
      throw new UsageError(
        `--demo: goes with --engine embedded, not ${settings.engine}: --input puts events of your own in`,
      );
    const complain = (line: string) => process.stderr.write(`${line}\n`);
    const ports = {
      log: serviceLog(),
      progress: new Progress(process.stderr, "events"),
      complain,
      printTimeline,
    };
    exit(await runStart(settings, { input, exitAfterInput, demo }, ports));
  });
}

async function printTimeline(service: Service, key: string): Promise<void> {
  const { env, stdout } = process;
  const timeline = await service.queries.timeline(key);
  if (timeline === null) return;
  stdout.write(explanationText(timeline, lookOf(stdout, env)));
}

function serviceLog(): ServiceLog {
  const { env, stdout } = process;
  return isTerminal(stdout) ? terminalLog((line) => stdout.write(line), colorsFor(stdout, env)) : jsonLog();
}
