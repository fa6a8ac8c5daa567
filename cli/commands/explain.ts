/** `queue-ratchet explain KEY` */
import type { Command } from "commander";
import { InvalidKeyError, parseConversationKey, type Timeline } from "../../runtime/queries/index.js";
import type { ConversationKey } from "../../schemas/index.js";
import { addSettings, newCommand, settingsOf } from "../command.js";
import { EXIT_FAILED, EXIT_OK, EXIT_USAGE, UsageError } from "../errors.js";
import { explainFiles } from "../explain/from-files.js";
import { explainFolder } from "../explain/from-folder.js";
import { explainService } from "../explain/from-service.js";
import { explanationText } from "../explain/text.js";
import { Progress } from "../output/progress.js";
import { lookOf } from "../output/terminal.js";
import { printable } from "../output/text.js";
import { Writer } from "../output/writer.js";
import type { SettingValues } from "../settings/index.js";

const SETTING_NAMES = ["dataDir", "tenant", "workItemStream", "applicationId", "topicPrefix", "partitions"] as const;

interface ExplainFlags {
  readonly json?: boolean;
  readonly input?: readonly string[];
  readonly url?: string;
  readonly dataDir?: string;
}

interface Found {
  readonly timeline: Timeline | null;
  readonly unreadable: number;
}

export function explainCommand(exit: (code: number) => void): Command {
  const command = newCommand(
    "explain",
    "Says where a conversation is, which event put it there, and what lost to what: from a data folder, files or a running service.",
    "queue-ratchet explain kustomer:5d2f98fec7a28e001a2cfe04:621e7d0534b1800f59590a62 --url http://127.0.0.1:8080",
  )
    .argument("<KEY>", "The conversation, as <source>:<tenant>:<conversationId>.")
    .option("--input <FILE...>", "Run these files, as try reads them, instead of a data folder; - for standard input.")
    .option("--url <URL>", "Ask the service that runs there, instead of a data folder.")
    .option("--json", "Print the timeline as one JSON object.");
  return addSettings(command, SETTING_NAMES).action(async (text: string) => {
    const flags = command.opts<ExplainFlags>();
    const key = keyOf(text);
    refuseSeveral(flags);
    const { timeline, unreadable } = await find(key, flags, await settingsOf(command, SETTING_NAMES));
    if (timeline === null)
      process.stderr.write(`queue-ratchet: ${printable(key)}: no event of this conversation was seen\n`);
    else await print(timeline, flags);
    exit(unreadable > 0 ? EXIT_USAGE : timeline === null ? EXIT_FAILED : EXIT_OK);
  });
}

function keyOf(text: string): ConversationKey {
  try {
    return parseConversationKey(text);
  } catch (error) {
    if (error instanceof InvalidKeyError) throw new UsageError(`KEY: ${error.message}`, { cause: error });
    throw error;
  }
}

function refuseSeveral({ dataDir, input, url }: ExplainFlags): void {
  const given = { "--data-dir": dataDir, "--input": input, "--url": url };
  const names = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (names.length > 1) throw new UsageError(`${names.join(" and ")}: give one of them, not several`);
}

async function find(
  key: ConversationKey,
  { input, url }: ExplainFlags,
  settings: SettingValues<(typeof SETTING_NAMES)[number]>,
): Promise<Found> {
  if (url !== undefined) return { timeline: await explainService(key, url), unreadable: 0 };
  if (input === undefined) return { timeline: await explainFolder(key, settings.dataDir, settings), unreadable: 0 };
  return explainFiles(
    key,
    input,
    { ...settings, source: null, conversation: key },
    { progress: new Progress(process.stderr, "events"), complain: (line) => process.stderr.write(`${line}\n`) },
  );
}

async function print(timeline: Timeline, { json }: ExplainFlags): Promise<void> {
  const { env, stdout } = process;
  const writer = new Writer(stdout);
  writer.write(json === true ? `${JSON.stringify(timeline)}\n` : explanationText(timeline, lookOf(stdout, env)));
  await writer.flush();
}
