/** The flags of `replay`, as values. */
import { randomBytes } from "node:crypto";
import type { InputKind, RangeFrom, RangeTo, TopicOffset } from "../../runtime/replay/index.js";
import { topicNames } from "../../topology/index.js";
import { UsageError } from "../errors.js";
import { badValue, timeOf } from "../flag-values.js";

export interface ReplayFlags {
  readonly fromBeginning?: boolean;
  readonly fromOffset?: readonly string[];
  readonly fromTimestamp?: string;
  readonly toOffset?: readonly string[];
  readonly toTimestamp?: string;
  readonly input?: string;
  readonly sink?: string;
  readonly compare?: boolean;
  readonly json?: boolean;
  readonly dryRun?: boolean;
  readonly id?: string;
  readonly keep?: boolean;
}

export type SinkSpec =
  | { readonly kind: "none" }
  | { readonly kind: "stdout" }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "topic"; readonly name: string };

export interface ReplayRequest {
  readonly id: string;
  readonly input: InputKind;
  readonly from: RangeFrom;
  readonly to: RangeTo;
  readonly sink: SinkSpec;
  readonly compare: boolean;
  readonly json: boolean;
  readonly dryRun: boolean;
  readonly keep: boolean;
}

export interface Names {
  readonly applicationId: string;
  readonly topicPrefix: string;
}

/** It is part of a folder's name. */
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$/;

/** @throws UsageError naming the flag */
export function requestOf(flags: ReplayFlags, names: Names): ReplayRequest {
  const { compare = false, json = false, dryRun = false, keep = false } = flags;
  const from = fromOf(flags, names);
  const to = toOf(flags, names);
  if (compare && to.kind !== "end")
    throw new UsageError(
      `--compare: not with ${flags.toOffset === undefined ? "--to-timestamp" : "--to-offset"}: it ends where the live tasks stand`,
    );
  const sink = sinkOf(flags.sink ?? (compare ? null : "stdout"), names);
  if (compare && sink.kind === "stdout")
    throw new UsageError("--sink stdout and --compare: both print to standard output; give --sink file:PATH");
  if (json && !compare) throw new UsageError("--json: goes with --compare or --list: the sinks are NDJSON anyway");
  const id = flags.id === undefined ? newId() : idOf("--id", flags.id);
  return { id, input: inputOf(flags.input ?? "joined"), from, to, sink, compare, json, dryRun, keep };
}

export function idOf(flag: string, text: string): string {
  if (ID.test(text)) return text;
  throw badValue(flag, text, "expected 1 to 60 of the characters a-z A-Z 0-9 . _ -, the first a letter or a digit");
}

/** Ids of one machine sort by time. */
function newId(): string {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  return `${time}-${randomBytes(2).toString("hex")}`;
}

function inputOf(text: string): InputKind {
  if (text === "joined" || text === "raw") return text;
  throw badValue("--input", text, "expected joined or raw");
}

function fromOf({ fromBeginning, fromOffset, fromTimestamp }: ReplayFlags, names: Names): RangeFrom {
  const given = { "--from-beginning": fromBeginning, "--from-offset": fromOffset, "--from-timestamp": fromTimestamp };
  if (onlyOne(given) === null)
    throw new UsageError("replay: from where? Give --from-beginning, --from-offset or --from-timestamp");
  if (fromOffset !== undefined)
    return { kind: "offsets", offsets: fromOffset.map((text) => topicOffset("--from-offset", text, names)) };
  if (fromTimestamp !== undefined) return { kind: "timestamp", timestampMs: timeOf("--from-timestamp", fromTimestamp) };
  return { kind: "beginning" };
}

function toOf({ toOffset, toTimestamp }: ReplayFlags, names: Names): RangeTo {
  onlyOne({ "--to-offset": toOffset, "--to-timestamp": toTimestamp });
  if (toOffset !== undefined)
    return { kind: "offsets", offsets: toOffset.map((text) => topicOffset("--to-offset", text, names)) };
  if (toTimestamp !== undefined) return { kind: "timestamp", timestampMs: timeOf("--to-timestamp", toTimestamp) };
  return { kind: "end" };
}

/** @returns the flag that was given; null for none. @throws UsageError for several */
export function onlyOne(given: Readonly<Record<string, unknown>>): string | null {
  const flags = Object.keys(given).filter((flag) => given[flag] !== undefined && given[flag] !== false);
  if (flags.length > 1) throw new UsageError(`${flags.join(" and ")}: give one of them, not several`);
  return flags[0] ?? null;
}

/** The topic with its prefix or without. */
function topicOffset(flag: string, text: string, { topicPrefix: prefix, applicationId }: Names): TopicOffset {
  const [, topic, partition, offset] = /^([A-Za-z0-9._-]+):(\d{1,5}):(\d{1,15})$/.exec(text) ?? [];
  if (topic === undefined)
    throw badValue(flag, text, "expected TOPIC:PARTITION:OFFSET, such as conversation-events:0:1200");
  const known: readonly string[] = Object.values(topicNames({ prefix, applicationId }));
  const name = known.includes(topic) ? topic : `${prefix}${topic}`;
  return { topic: known.includes(name) ? name : topic, partition: Number(partition), offset: Number(offset) };
}

function sinkOf(text: string | null, names: Names): SinkSpec {
  if (text === null) return { kind: "none" };
  if (text === "stdout") return { kind: "stdout" };
  const [, kind, rest = ""] = /^(file|topic):(.+)$/s.exec(text) ?? [];
  if (kind === "file") return { kind: "file", path: rest };
  if (kind === "topic") return { kind: "topic", name: sinkTopic(rest, names) };
  throw badValue("--sink", text, "expected stdout, file:PATH or topic:NAME");
}

const CHANGELOG_ENDING = "-assignment-store-changelog";

function sinkTopic(name: string, { topicPrefix, applicationId }: Names): string {
  if (!/^[A-Za-z0-9._-]{1,249}$/.test(name) || name === "." || name === "..")
    throw badValue("--sink", `topic:${name}`, "expected a topic name: 1 to 249 of the characters a-z A-Z 0-9 . _ -");
  // With the prefix they are this application's, without one perhaps another's.
  const live = ["", topicPrefix].flatMap((prefix): string[] => Object.values(topicNames({ prefix, applicationId })));
  if (live.includes(name) || name.endsWith(CHANGELOG_ENDING) || name.startsWith("__"))
    throw new UsageError(
      `--sink: topic:${name} is a live topic: a replay never writes to one; give it a name of its own`,
    );
  return name;
}
