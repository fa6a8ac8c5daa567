/** `queue-ratchet replay` */
import type { Command } from "commander";
import { addSettings, newCommand, settingsOf } from "../command.js";
import { EXIT_FAILED, EXIT_OK, UsageError } from "../errors.js";
import { Progress } from "../output/progress.js";
import { type Look, lookOf } from "../output/terminal.js";
import { Writer } from "../output/writer.js";
import { idOf, onlyOne, type ReplayFlags, requestOf } from "../replay/flags.js";
import { replaysFolder } from "../replay/folder.js";
import { REPLAY_SETTINGS, type ReplaySettings } from "../replay/settings.js";

type Exit = (code: number) => void;

interface AllFlags extends ReplayFlags {
  readonly replaysDir?: string;
  readonly list?: boolean;
  readonly clean?: string | true;
  readonly all?: boolean;
  readonly show?: string;
}

export function replayCommand(exit: Exit): Command {
  const command = newCommand(
    "replay",
    "Reads the input once more, beside the live application and with the code of this version, into a folder of its own: never into the live topics, groups or state. Rows are first rebuilt from the input before the range that is still there. With --compare it says which conversations would be, or are, otherwise than in the live state and the sync topic, up to where the live tasks stand; it ends with 1 if there are any.",
    "queue-ratchet replay --from-beginning --compare",
  )
    .summary("Reads the input once more, beside the live application, and compares what comes of it.")
    .option("--from-beginning", "All of the input that is there.")
    .option(
      "--from-offset <TOPIC:PARTITION:OFFSET...>",
      "From these offsets on; partitions that are not named from their beginning.",
    )
    .option("--from-timestamp <ISO>", "From the first records of this time on, or a later one.")
    .option(
      "--to-offset <TOPIC:PARTITION:OFFSET...>",
      "Up to these offsets, which are not replayed any more; partitions that are not named to their present end.",
    )
    .option("--to-timestamp <ISO>", "Up to the first records of this time, or a later one.")
    .option(
      "--input <KIND>",
      "joined: conversation-events and work-item-events. raw: raw-events, normalised by this version. Default: joined.",
    )
    .option(
      "--sink <SINK>",
      "Where queue assignments go: stdout, file:PATH (both NDJSON), or topic:NAME (on Kafka made when it is missing; with the embedded engine in the replay's own folder, for --show). Default: stdout; with --compare none.",
    )
    .option("--compare", "Compare each conversation with the live state and the sync topic.")
    .option("--json", "Print differences, or the list, as NDJSON.")
    .option("--dry-run", "Only say what would be read and made.")
    .option(
      "--id <NAME>",
      "Names the replay; one of this name that is not running is begun anew. Default: made of the time.",
    )
    .option("--keep", "Keep the replay's folder, so that explain can read it.")
    .option(
      "--replays-dir <FOLDER>",
      "Where replays have their folders. Default: beside the data folder, its name with -replays.",
    )
    .option("--list", "List the replays whose folders there are.")
    .option("--show <ID>", "Print the topic that a replay has filled in its own folder.")
    .option(
      "--clean [ID]",
      "Remove a replay's folder, and the topics that it has made; with --all those of all replays.",
    )
    .option("--all", "With --clean: all replays that are not running.");
  return addSettings(command, REPLAY_SETTINGS).action(async () => {
    const flags = command.opts<AllFlags>();
    const settings = await settingsOf(command, REPLAY_SETTINGS);
    const root = replaysFolder(settings.dataDir, flags.replaysDir);
    const { list, clean, show, all } = flags;
    const other = onlyOne({ "--list": list, "--clean": clean, "--show": show });
    if (all === true && clean === undefined) throw new UsageError("--all: goes with --clean");
    if (other !== null) refuseRange(other, flags);
    if (list === true) return exit(await listed(root, settings, flags));
    if (clean !== undefined) return exit(await cleaned(root, settings, clean, all ?? false));
    if (show !== undefined) return exit(await shown(root, settings, show));
    return exit(await replayed(root, settings, flags));
  });
}

const RANGE_FLAGS = ["fromBeginning", "fromOffset", "fromTimestamp", "toOffset", "toTimestamp", "compare"] as const;

function refuseRange(other: string, flags: AllFlags): void {
  const given = RANGE_FLAGS.find((name) => flags[name] !== undefined);
  if (given === undefined) return;
  const flag = given.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new UsageError(`--${flag} and ${other}: give one of them, not both`);
}

async function replayed(root: string, settings: ReplaySettings, flags: AllFlags): Promise<number> {
  const request = requestOf(flags, settings);
  const { runReplay } = await import("../replay/run.js");
  const { jsonReport, tableReport } = await import("../replay/report.js");
  const writer = new Writer(process.stdout);
  const interruption = new Interruption();
  try {
    return await runReplay(
      request,
      settings,
      { root, asked: askedText(flags) },
      {
        writer,
        report: request.json ? jsonReport(writer) : tableReport(writer, look()),
        say: (text) => void process.stderr.write(text),
        progress: (noun) => new Progress(process.stderr, noun),
        signal: interruption.signal,
      },
    );
  } finally {
    interruption.release();
  }
}

/** As it can be read in the list. */
function askedText(flags: AllFlags): string {
  const { fromBeginning, fromOffset, fromTimestamp, toOffset, toTimestamp, input, sink, compare } = flags;
  const parts = [
    fromBeginning && "--from-beginning",
    fromOffset && `--from-offset ${fromOffset.join(" ")}`,
    fromTimestamp && `--from-timestamp ${fromTimestamp}`,
    toOffset && `--to-offset ${toOffset.join(" ")}`,
    toTimestamp && `--to-timestamp ${toTimestamp}`,
    input && `--input ${input}`,
    sink && `--sink ${sink}`,
    compare && "--compare",
  ];
  return parts.filter((part) => typeof part === "string").join(" ");
}

async function listed(root: string, settings: ReplaySettings, { json = false }: AllFlags): Promise<number> {
  const { listReplays, printReplays } = await import("../replay/list.js");
  await printReplays(await listReplays(root, settings.applicationId), json, new Writer(process.stdout), look());
  return EXIT_OK;
}

async function cleaned(root: string, settings: ReplaySettings, clean: string | true, all: boolean): Promise<number> {
  if (clean === true && !all) throw new UsageError("--clean: which replay? Give its id, or --all");
  if (clean !== true && all) throw new UsageError("--clean ID and --all: give one of them, not both");
  const { cleanReplays } = await import("../replay/clean.js");
  const ids = clean === true ? null : [idOf("--clean", clean)];
  const left = await cleanReplays(root, settings, ids, {
    say: (line) => void process.stdout.write(`${line}\n`),
    complain: (line) => void process.stderr.write(`queue-ratchet: ${line}\n`),
  });
  return left === 0 ? EXIT_OK : EXIT_FAILED;
}

async function shown(root: string, settings: ReplaySettings, id: string): Promise<number> {
  const { showReplay } = await import("../replay/show.js");
  await showReplay(root, settings.applicationId, idOf("--show", id), new Writer(process.stdout));
  return EXIT_OK;
}

function look(): Look {
  return lookOf(process.stdout, process.env);
}

/** The first signal ends the replay in order, and the next one the process. */
class Interruption {
  private readonly controller = new AbortController();
  private readonly listener = () => {
    this.controller.abort();
    this.release();
  };

  constructor() {
    for (const signal of SIGNALS) process.on(signal, this.listener);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  release(): void {
    for (const signal of SIGNALS) process.off(signal, this.listener);
  }
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;
