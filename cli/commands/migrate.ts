/** `queue-ratchet migrate` */
import type { Command } from "commander";
import { addSettings, newCommand, settingsOf } from "../command.js";
import { EXIT_OK } from "../errors.js";
import { MIGRATE_SETTINGS, TARGET_SETTINGS, targetFlag, targetSettings } from "../migrate/settings.js";
import { Progress } from "../output/progress.js";
import { Writer } from "../output/writer.js";
import { SETTINGS } from "../settings/index.js";

export function migrateCommand(exit: (code: number) => void): Command {
  const command = newCommand(
    "migrate",
    "Carries the state of an application into a new one on Kafka: from the embedded engine, or into another number of partitions. The application that is left must have processed all of its input, and get no more: point webhooks and producers at the new one first, where events wait until it is started. The new one must have no state. All of it is written in one transaction, or nothing is.",
    "queue-ratchet migrate --data-dir /var/lib/queue-ratchet --to-brokers localhost:9092 --to-partitions 24",
  )
    .summary("Carries the state into a new application on Kafka.")
    .option("--dry-run", "Write nothing: only look whether it could be done, and say what would be carried over.");
  for (const name of TARGET_SETTINGS) {
    const { placeholder, flag } = SETTINGS[name];
    command.option(`--${targetFlag(name)} <${placeholder}>`, `Of the new application. Default: as --${flag}.`);
  }
  return addSettings(command, MIGRATE_SETTINGS).action(async () => {
    const flags = command.opts<Readonly<Record<string, unknown>>>();
    const settings = await settingsOf(command, MIGRATE_SETTINGS);
    const target = targetSettings(settings, flags);
    // What connects to Kafka takes long to load.
    const { runMigration } = await import("../migrate/run.js");
    const { stdout, stderr } = process;
    const writer = new Writer(stdout);
    const read = new Progress(stderr, "rows read");
    const written = new Progress(stderr, "rows written");
    try {
      await runMigration(
        settings,
        target,
        { dryRun: flags.dryRun === true },
        {
          write: (text) => writer.write(text),
          rowsRead: (rows) => read.update(rows),
          rowsWritten: (rows) => written.update(rows),
        },
      );
    } finally {
      read.clear();
      written.clear();
      await writer.flush();
    }
    exit(EXIT_OK);
  });
}
