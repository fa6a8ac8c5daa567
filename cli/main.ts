#!/usr/bin/env node
/** The command line: parses, runs one command, and turns what went wrong into a message and an exit code. */
import { Command, CommanderError } from "commander";
import { ListenError } from "../console/index.js";
import { FolderIdentityError, FolderInUseError } from "../runtime/folder/index.js";
import { EngineError, TopicsError, WireError } from "../runtime/kafka/errors.js";
import { StorageError } from "../runtime/rocksdb/index.js";
import { SchemaRegistryError } from "../schemas/index.js";
import { TopologyError } from "../topology/index.js";
import { configCommand } from "./commands/config.js";
import { describeCommand } from "./commands/describe.js";
import { explainCommand } from "./commands/explain.js";
import { startCommand } from "./commands/start.js";
import { topicsCommand } from "./commands/topics.js";
import { tryCommand } from "./commands/try.js";
import { EXIT_FAILED, EXIT_OK, EXIT_USAGE, FailedError, UsageError } from "./errors.js";
import { ReaderGoneError } from "./output/writer.js";
import { packageVersion } from "./version.js";

function program(): Command {
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
  for (const command of [
    startCommand(exit),
    tryCommand(exit),
    explainCommand(exit),
    describeCommand(),
    topicsCommand(exit),
    configCommand(),
  ])
    root.addCommand(command);
  for (const command of [root, ...root.commands]) command.exitOverride();
  return root;
}

/** Their messages say what to do; where in the program they arose says nothing more. */
const EXPECTED_FAILURES = [
  FailedError,
  StorageError,
  FolderInUseError,
  FolderIdentityError,
  SchemaRegistryError,
  ListenError,
  TopicsError,
  WireError,
  EngineError,
];

/** The exit code of an error; what is to be said about it goes to standard error. */
function report(error: unknown): number {
  if (error instanceof ReaderGoneError) return EXIT_OK;
  // Commander has printed its own message; help and version end here too, with 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
  if (error instanceof UsageError || error instanceof TopologyError) {
    process.stderr.write(`queue-ratchet: ${error.message}\n`);
    return EXIT_USAGE;
  }
  if (EXPECTED_FAILURES.some((failure) => error instanceof failure)) {
    process.stderr.write(`queue-ratchet: ${(error as Error).message}\n`);
    return EXIT_FAILED;
  }
  process.stderr.write(`queue-ratchet: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return EXIT_FAILED;
}

try {
  await program().parseAsync();
} catch (error) {
  process.exitCode = report(error);
}
