/** `queue-ratchet republish` */
import type { Command } from "commander";
import { InvalidKeyError, parseConversationKey } from "../../runtime/queries/index.js";
import { MAX_KEYS, NotExecutedError, type RepublishRequest } from "../../runtime/republish/index.js";
import type { ConversationKey } from "../../schemas/index.js";
import { addSettings, newCommand, settingsOf } from "../command.js";
import { EXIT_OK, FailedError, UsageError } from "../errors.js";
import { badValue, countOf, timeOf } from "../flag-values.js";
import { Progress } from "../output/progress.js";
import { Writer } from "../output/writer.js";
import { openRepublishing } from "../republish/open.js";
import { republish } from "../republish/run.js";
import { REPUBLISH_SETTINGS } from "../republish/settings.js";

interface Flags {
  readonly key?: readonly string[];
  readonly since?: string;
  readonly wait?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** A week. */
const MAX_WAIT_S = 604_800;

export function republishCommand(exit: (code: number) => void): Command {
  const command = newCommand(
    "republish",
    "Has what was emitted last for each conversation written to queue-assignments once more, for a consumer that lost its data: with the same sequence, times and timestamp, the versions as they are now, and the header republished. It is asked for by control records in conversation-events, which the tasks execute in the order of the stream, so that no old record gets behind a new one; records may come twice after a failure, which harms nobody. With the embedded engine by the service that runs on --data-dir, or into the folder when none does; with --engine kafka on the brokers.",
    "queue-ratchet republish --since 2026-07-28T09:30:00Z --wait 60",
  )
    .summary("Has the current assignments written to the sync topic again.")
    .option("--key <KEY...>", "Only these conversations, as <source>:<tenant>:<conversationId>.")
    .option("--since <ISO>", "Only those of which something was emitted then or later.")
    .option("--wait <SECONDS>", "Wait until the tasks have executed it, so long at most, and count the records.")
    .option("--dry-run", "Write nothing: only say what would be written.")
    .option("--json", "Print NDJSON: a line for each partition.");
  return addSettings(command, REPUBLISH_SETTINGS).action(async () => {
    const flags = command.opts<Flags>();
    const request = requestOf(flags);
    const opened = await openRepublishing(await settingsOf(command, REPUBLISH_SETTINGS));
    try {
      if (opened.isStopped && request.waitMs !== null && !request.dryRun)
        throw new UsageError("--wait: no service runs on --data-dir, so nobody executes it now; leave --wait out");
      const { isStopped, republishing } = opened;
      const ports = { writer: new Writer(process.stdout), progress: new Progress(process.stderr, "records") };
      await republish(republishing, request, { json: flags.json ?? false, isStopped }, ports);
      exit(EXIT_OK);
    } catch (error) {
      if (error instanceof NotExecutedError) throw new FailedError(`--wait: ${error.message}`, { cause: error });
      throw error;
    } finally {
      await opened.close();
    }
  });
}

function requestOf({ key, since, wait, dryRun = false }: Flags): RepublishRequest {
  return {
    keys: key === undefined ? null : keysOf(key),
    sinceMs: since === undefined ? null : timeOf("--since", since),
    dryRun,
    waitMs: wait === undefined ? null : countOf("--wait", wait, MAX_WAIT_S) * 1_000,
  };
}

function keysOf(texts: readonly string[]): ConversationKey[] {
  if (texts.length > MAX_KEYS)
    throw new UsageError(`--key: at most ${MAX_KEYS} at a time; without it all conversations are republished`);
  return texts.map((text) => {
    try {
      return parseConversationKey(text);
    } catch (error) {
      if (!(error instanceof InvalidKeyError)) throw error;
      throw badValue("--key", text, "expected <source>:<tenant>:<conversationId>");
    }
  });
}
