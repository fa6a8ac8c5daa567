/** `queue-ratchet topics` */
import type { Command } from "commander";
import { addSettings, newCommand, settingsOf } from "../command.js";
import { EXIT_FAILED, EXIT_OK } from "../errors.js";
import { CLUSTER_SETTINGS, REGISTRY_SETTINGS } from "../kafka/settings.js";
import { lookOf } from "../output/terminal.js";
import { Writer } from "../output/writer.js";

const SETTING_NAMES = [
  ...CLUSTER_SETTINGS,
  // Not needed for topics, and taken all the same: what is given to start can be given here.
  ...REGISTRY_SETTINGS,
  "applicationId",
  "topicPrefix",
  "partitions",
  "replicationFactor",
  "retentionHours",
] as const;

interface TopicsFlags {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function topicsCommand(exit: (code: number) => void): Command {
  const command = newCommand(
    "topics",
    "Makes the topics that are missing on the brokers, and checks those that are there; none of these is changed. Ends with 0 when all fit or were made, with 1 when one cannot be used, is missing (--dry-run), or the brokers cannot be reached.",
    "queue-ratchet topics --brokers localhost:9092 --partitions 12 --replication-factor 3 --dry-run",
  )
    .summary("Makes the topics on the brokers, or checks them.")
    .option("--dry-run", "Make nothing: only say what there is, and what is missing.")
    .option("--json", "Print NDJSON instead of a table.");
  return addSettings(command, SETTING_NAMES).action(async () => {
    const { dryRun = false, json = false } = command.opts<TopicsFlags>();
    const settings = await settingsOf(command, SETTING_NAMES);
    // What connects to Kafka takes long to load: the other commands do without it.
    const { jsonText, reportTopics, tableText, usable } = await import("../topics/index.js");
    const reports = await reportTopics(settings, { create: !dryRun });
    const { env, stdout } = process;
    const writer = new Writer(stdout);
    const look = lookOf(stdout, env);
    writer.write(json ? jsonText(reports) : tableText(reports, look));
    await writer.flush();
    exit(usable(reports) ? EXIT_OK : EXIT_FAILED);
  });
}
