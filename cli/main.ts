#!/usr/bin/env node
/** The command line: parses, runs one command, and turns what went wrong into a message and an exit code. */
import { Command, CommanderError } from "commander";
import { EXIT_FAILED, EXIT_OK, EXIT_USAGE } from "./errors.js";
import { ReaderGoneError } from "./output/writer.js";
import { packageVersion } from "./version.js";

type MakeCommand = (exit: (code: number) => void) => Command;

/** In the order of --help. Loaded by name: what one command needs takes the others a third of a second to load. */
const COMMANDS: Readonly<Record<string, () => Promise<MakeCommand>>> = {
  start: async () => (await import("./commands/start.js")).startCommand,
  try: async () => (await import("./commands/try.js")).tryCommand,
  explain: async () => (await import("./commands/explain.js")).explainCommand,
  replay: async () => (await import("./commands/replay.js")).replayCommand,
  describe: async () => (await import("./commands/describe.js")).describeCommand,
  send: async () => (await import("./commands/send.js")).sendCommand,
  topics: async () => (await import("./commands/topics.js")).topicsCommand,
  "dead-letters": async () => (await import("./commands/dead-letters.js")).deadLettersCommand,
  republish: async () => (await import("./commands/republish.js")).republishCommand,
  reset: async () => (await import("./commands/reset.js")).resetCommand,
  migrate: async () => (await import("./commands/migrate.js")).migrateCommand,
  config: async () => (await import("./commands/config.js")).configCommand,
};

/** With the command that is named, or with all when none of them is. */
async function program(named: string | undefined): Promise<Command> {
  const root = new Command("queue-ratchet")
    .description(
      "Joins the conversation and work-item streams of a support platform and emits only monotonic queue-assignment changes.",
    )
    .version(packageVersion(), "--version", "Print the version.")
    .helpOption("--help", "Print this.")
    .helpCommand(false)
    .showHelpAfterError("(queue-ratchet --help says more)")
    .addHelpText("after", "\nExample:\n  $ queue-ratchet try events.ndjson --show decisions");
  const exit = (code: number) => {
    process.exitCode = code;
  };
  for (const name of namesFor(named)) {
    const make = await COMMANDS[name]?.();
    if (make !== undefined) root.addCommand(make(exit));
  }
  exitByOverride(root);
  return root;
}

function namesFor(named: string | undefined): readonly string[] {
  if (named === "--version") return [];
  return named !== undefined && Object.hasOwn(COMMANDS, named) ? [named] : Object.keys(COMMANDS);
}

/** Also of commands of commands: ends are thrown, and reported here. */
function exitByOverride(command: Command): void {
  command.exitOverride().configureOutput({ writeOut });
  for (const inner of command.commands) exitByOverride(inner);
}

/** Help, which a reader such as `head` may not read to its end. */
function writeOut(text: string): void {
  process.stdout.once("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  process.stdout.write(text);
}

/** The exit code of an error; what is to be said about it goes to standard error. */
async function report(error: unknown): Promise<number> {
  if (error instanceof ReaderGoneError) return EXIT_OK;
  // Commander has printed its own message; help and version end here too, with 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
  const { exitCodeOf } = await import("./failures.js");
  const code = exitCodeOf(error);
  const text =
    error instanceof Error ? (code === null ? (error.stack ?? error.message) : error.message) : String(error);
  process.stderr.write(`queue-ratchet: ${text}\n`);
  return code ?? EXIT_FAILED;
}

try {
  await (await program(process.argv[2])).parseAsync();
} catch (error) {
  process.exitCode = await report(error);
}
