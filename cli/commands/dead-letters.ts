/** `queue-ratchet dead-letters list`, `show` and `resend` */
import type { Command } from "commander";
import { type ResendRequest, UnknownLetterError } from "../../runtime/dead-letters/index.js";
import { addSettings, newCommand, settingsOf } from "../command.js";
import { type FilterFlags, filterOf, limitOf, placeOf, placesOf } from "../dead-letters/flags.js";
import { listDeadLetters } from "../dead-letters/list.js";
import { type OpenedDeadLetters, openDeadLetters } from "../dead-letters/open.js";
import { resendDeadLetters } from "../dead-letters/resend.js";
import { DEAD_LETTERS_SETTINGS } from "../dead-letters/settings.js";
import { letterJson, letterText } from "../dead-letters/show.js";
import { EXIT_FAILED, EXIT_OK, UsageError } from "../errors.js";
import { Progress } from "../output/progress.js";
import { writeBytes } from "../output/raw.js";
import { lookOf } from "../output/terminal.js";
import { Writer } from "../output/writer.js";

type Exit = (code: number) => void;

const DEFAULT_LIMIT = "50";

export function deadLettersCommand(exit: Exit): Command {
  const command = newCommand(
    "dead-letters",
    "What could not be processed, byte for byte: lists it, shows it, and sends it through again. With the embedded engine from the service that runs on --data-dir, or from the folder when none does; with --engine kafka from the brokers.",
    "queue-ratchet dead-letters list --code MISSING_TENANT",
  )
    .summary("Lists what could not be processed, shows it, sends it through again.")
    .helpCommand(false);
  for (const part of [listCommand(exit), showCommand(exit), resendCommand(exit)]) command.addCommand(part);
  return command;
}

function listCommand(exit: Exit): Command {
  const command = part("list", "The newest dead letters, and how many there are of each code. Never a body.", "--json")
    .option("--limit <N>", `At most so many, the newest. Default: ${DEFAULT_LIMIT}.`)
    .option("--json", "Print NDJSON instead of a table.");
  return addSettings(addFilters(command), DEAD_LETTERS_SETTINGS).action(async () => {
    const {
      limit = DEFAULT_LIMIT,
      json = false,
      ...flags
    } = command.opts<FilterFlags & { readonly limit?: string; readonly json?: boolean }>();
    const request = { ...filterOf(flags), limit: limitOf(limit) };
    await withLetters(command, async ({ letters }) => {
      const { env, stdout } = process;
      const look = lookOf(stdout, env);
      const ports = { writer: new Writer(stdout), look, progress: recordsRead(), note: complain };
      await listDeadLetters(letters, request, { json }, ports);
    });
    exit(EXIT_OK);
  });
}

function showCommand(exit: Exit): Command {
  const command = part(
    "show",
    "One dead letter: its headers, and its body. Bodies are personal data.",
    "0:17 --raw > body.json",
  )
    .argument("<PLACE>", "Where it lies, as list gives it: PARTITION:OFFSET.")
    .option("--raw", "Write the body's exact bytes, and nothing else.")
    .option("--json", "Print one JSON object; key and body as base64.");
  return addSettings(command, DEAD_LETTERS_SETTINGS).action(async (text: string) => {
    const { raw = false, json = false } = command.opts<{ readonly raw?: boolean; readonly json?: boolean }>();
    if (raw && json) throw new UsageError("--raw and --json: give one of them, not both");
    const place = placeOf(text);
    await withLetters(command, async ({ letters }) => {
      const letter = await letters.letter(place);
      if (letter === null) throw new UnknownLetterError([text]);
      if (raw) return writeBytes(process.stdout, letter.value ?? new Uint8Array());
      const writer = new Writer(process.stdout);
      writer.write(json ? letterJson(letter) : letterText(letter));
      return writer.flush();
    });
    exit(EXIT_OK);
  });
}

interface ResendFlags extends FilterFlags {
  readonly all?: boolean;
  readonly dryRun?: boolean;
  readonly again?: boolean;
  readonly json?: boolean;
}

function resendCommand(exit: Exit): Command {
  const command = part(
    "resend",
    "Sends dead letters through again: their records are written to the topics that they were in, with their keys, bodies, headers and timestamps, and the header dead-letter. What was sent before is not sent again, for its record is found there. Were one sent twice all the same, nothing would change: an event is known by its identity, and the second is a DUPLICATE. Ends with 1 when one of them cannot be sent.",
    "--all --code MISSING_TENANT --dry-run",
  )
    .argument("[PLACE...]", "Which, as list gives them: PARTITION:OFFSET.")
    .summary("Sends dead letters through again, each once.")
    .option("--all", "All of them, or all that the filters leave.")
    .option("--dry-run", "Send nothing: only say what would be sent.")
    .option("--again", "Send also what was sent before.")
    .option("--json", "Print NDJSON: a line for each letter.");
  return addSettings(addFilters(command), DEAD_LETTERS_SETTINGS).action(async (places: readonly string[]) => {
    const flags = command.opts<ResendFlags>();
    const request = resendRequest(places, flags);
    await withLetters(command, async ({ letters, isStopped }) => {
      const ports = { writer: new Writer(process.stdout), progress: recordsRead(), complain };
      const refused = await resendDeadLetters(letters, request, { json: flags.json ?? false, isStopped }, ports);
      exit(refused === 0 ? EXIT_OK : EXIT_FAILED);
    });
  });
}

function resendRequest(places: readonly string[], flags: ResendFlags): ResendRequest {
  const { all = false, dryRun = false, again = false } = flags;
  const filter = filterOf(flags);
  if (all && places.length > 0) throw new UsageError("PLACE and --all: give one of them, not both");
  if (all) return { places: null, filter, dryRun, again };
  if (places.length === 0) throw new UsageError("PLACE: which dead letters? Name some, or give --all");
  const [named] = Object.keys(filter);
  if (named !== undefined)
    throw new UsageError(`--${named === "sinceMs" ? "since" : named}: goes with --all, not with PLACE`);
  return { places: placesOf(places), dryRun, again };
}

function part(name: string, summary: string, example: string): Command {
  const full = `dead-letters ${name}`;
  return newCommand(name, summary, `queue-ratchet ${full} ${example}`).showHelpAfterError(
    `(queue-ratchet ${full} --help says more)`,
  );
}

function addFilters(command: Command): Command {
  return command
    .option("--code <CODE>", "Only those with this error code, such as INVALID_JSON.")
    .option("--topic <TOPIC>", "Only those that lay in this topic, such as raw-events.")
    .option("--since <ISO>", "Only those that failed then or later.");
}

async function withLetters(command: Command, use: (opened: OpenedDeadLetters) => Promise<void>): Promise<void> {
  const opened = await openDeadLetters(await settingsOf(command, DEAD_LETTERS_SETTINGS));
  try {
    await use(opened);
  } catch (error) {
    if (error instanceof UnknownLetterError) throw new UsageError(`PLACE: ${error.message}`, { cause: error });
    throw error;
  } finally {
    await opened.close();
  }
}

function recordsRead(): Progress {
  return new Progress(process.stderr, "records read");
}

function complain(line: string): void {
  process.stderr.write(`queue-ratchet: ${line}\n`);
}
