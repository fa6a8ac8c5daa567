/** `queue-ratchet reset` */
import type { Command } from "commander";
import { addSettings, newCommand, settingsOf } from "../command.js";
import { EXIT_OK, UsageError } from "../errors.js";
import { Progress } from "../output/progress.js";
import { Writer } from "../output/writer.js";
import { confirmed } from "../reset/confirm.js";
import { RESET_SETTINGS } from "../reset/settings.js";

interface ResetFlags {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

export function resetCommand(exit: (code: number) => void): Command {
  const command = newCommand(
    "reset",
    "Removes this application's state, and where it stood in its input, so that the next start processes what is there from its beginning. The embedded engine: rows and positions in --data-dir, while no service runs on it. --engine kafka: the changelog, both groups with their offsets and the copy in --data-dir, while no instance runs. Topics keep their records. Asks before it removes anything; ends with 1 when the answer is not yes. One that was interrupted is finished by the next one.",
    "queue-ratchet reset --data-dir /var/lib/queue-ratchet --dry-run",
  )
    .summary("Removes the state, so that everything is processed again.")
    .option("--yes", "Do not ask.")
    .option("--dry-run", "Remove nothing: only say what would be removed.");
  return addSettings(command, RESET_SETTINGS).action(async () => {
    const { yes = false, dryRun = false } = command.opts<ResetFlags>();
    const { stdin, stdout, stderr } = process;
    if (!yes && !dryRun && !(stdin.isTTY && stderr.isTTY))
      throw new UsageError("--yes: needed where nobody can be asked; --dry-run says what would be removed");
    const settings = await settingsOf(command, RESET_SETTINGS);
    const { openState } = await import("../reset/open.js");
    const { runReset } = await import("../reset/run.js");
    const state = await openState(settings);
    const writer = new Writer(stdout);
    const progress = new Progress(stderr, "rows removed");
    try {
      await runReset(
        settings.applicationId,
        state,
        { dryRun },
        {
          write: (text) => writer.write(text),
          progress: (rows) => progress.update(rows),
          confirm: async () => {
            await writer.flush();
            return yes || confirmed("Type yes to go on: ", { input: stdin, output: stderr });
          },
        },
      );
    } finally {
      progress.clear();
      await writer.flush();
      await state.close();
    }
    exit(EXIT_OK);
  });
}
