/** A timeline as text for people: where the conversation is and why, then every event with its sentence. */

import wrapAnsi from "wrap-ansi";
import type { Timeline } from "../../runtime/queries/index.js";
import type { AssignmentDecision, Version } from "../../schemas/index.js";
import { CLASS_COLORS } from "../output/class-colors.js";
import { targetName, timeName, versionName } from "../output/names.js";
import { keyedEvent, sentenceOf, subjectOf } from "../output/sentences.js";
import type { Colors } from "../output/terminal.js";
import { formatCount, plural, printable } from "../output/text.js";
import { type Step, stepsOf } from "./story.js";

export interface TextSettings {
  /** In columns. */
  readonly width: number;
  readonly colors: Colors;
}

const INDENT = "  ";
const MAX_LOSERS_NAMED = 5;
const MAX_TRACE_NAMED = 5;

/** @returns lines of at most `width` columns, safe to print. */
export function explanationText(timeline: Timeline, { width, colors }: TextSettings): string {
  const lines = [
    colors.bold(printable(timeline.key)),
    [
      assignmentSentence(timeline),
      lifecycleSentence(timeline),
      recordSentence(timeline, colors),
      losersSentence(timeline),
    ]
      .filter((sentence) => sentence !== "")
      .join(" "),
    "",
    ...beginningLines(timeline),
  ];
  const steps = stepsOf(timeline).map((step) => stepText(step, width, colors));
  return `${[...lines.map((line) => wrapped(line, width)), ...steps].join("\n")}\n`;
}

function assignmentSentence(timeline: Timeline): string {
  const { assignment, assignmentVersion, lifecycle } = timeline;
  if (assignmentVersion === null) return "Who holds this conversation is unknown: no decision about it has been seen.";
  if (lifecycle === "DELETED")
    return `This conversation was deleted by event ${printable(assignmentVersion.eventId)}, whose key is above every other.`;
  const where = assignment === null ? "Nobody holds" : `${capital(targetName(assignment))} holds`;
  return `${where} this conversation: ${decidedBy(timeline, assignmentVersion)}.`;
}

function decidedBy(timeline: Timeline, version: Version): string {
  const decision = decisionOf(timeline, version.eventId);
  if (decision === undefined) return `put there by ${keyedEvent(version)}`;
  const at = timeName(decision.occurredAt);
  return `put there by ${midSentence(subjectOf(decision))}, with the key ${versionName(version)}, at ${at}`;
}

function lifecycleSentence({ lifecycle, lifecycleVersion }: Timeline): string {
  if (lifecycle === "DELETED") return "";
  if (lifecycleVersion === null) return "It is open: no event has said otherwise.";
  return `It is ${lifecycle.toLowerCase()}: so said ${keyedEvent(lifecycleVersion)}.`;
}

function recordSentence(timeline: Timeline, colors: Colors): string {
  const { record, recordedBy, diverged, lifecycle } = timeline;
  if (lifecycle === "DELETED") return "";
  if (recordedBy === null) return "What the source's own record says has not been seen.";
  const decision = decisionOf(timeline, recordedBy.eventId);
  const since = decision === undefined ? `event ${printable(recordedBy.eventId)}` : midSentence(subjectOf(decision));
  return diverged
    ? colors.red(`The source's own record differs: it says ${targetName(record)}, written by ${since}.`)
    : `The source's own record agrees, written by ${since}.`;
}

/** Those that found the present holder there and lost to it. */
function losersSentence({ decisions, assignmentVersion }: Timeline): string {
  const losers = decisions.filter(
    ({ decisionClass, holderEventId }) => decisionClass === "stale" && holderEventId === assignmentVersion?.eventId,
  );
  if (losers.length === 0) return "";
  const named = losers
    .slice(-MAX_LOSERS_NAMED)
    .map(({ eventId, reason }) => `${printable(eventId)} (${printable(reason)})`);
  const more = losers.length > named.length ? ` and ${formatCount(losers.length - named.length)} before` : "";
  return `Since then ${plural(losers.length, "event")} ${losers.length === 1 ? "was" : "were"} dropped as stale: ${named.join(", ")}${more}.`;
}

function beginningLines({ decisions, omittedDecisions, beginningExpired }: Timeline): string[] {
  const lines: string[] = [];
  if (beginningExpired)
    lines.push("Earlier decisions may be missing: the log no longer holds its beginning (retention).");
  if (omittedDecisions > 0)
    lines.push(
      `${plural(omittedDecisions, "older decision")} not shown; the newest ${formatCount(decisions.length)} are:`,
    );
  return lines.length === 0 ? [] : [...lines, ""];
}

function stepText({ decision, background, sameTrace }: Step, width: number, colors: Colors): string {
  const color = CLASS_COLORS[decision.decisionClass](colors);
  const emitted = decision.emittedSequence === null ? "" : ` Assignment record ${decision.emittedSequence} says so.`;
  const line =
    `${colors.dim(timeName(decision.occurredAt))} ${color(printable(decision.reason))}: ` +
    `${sentenceOf(decision, background)}${emitted}${traceText(sameTrace)}`;
  const [first = "", ...rest] = wrapped(line, Math.max(1, width - INDENT.length)).split("\n");
  return [first, ...rest.map((text) => INDENT + text)].join("\n");
}

function traceText(sameTrace: readonly AssignmentDecision[]): string {
  if (sameTrace.length === 0) return "";
  const named = sameTrace.slice(0, MAX_TRACE_NAMED).map(({ eventId }) => printable(eventId));
  const more = sameTrace.length > named.length ? ` and ${formatCount(sameTrace.length - named.length)} more` : "";
  return ` The same trace as ${sameTrace.length === 1 ? "event" : "events"} ${named.join(", ")}${more}.`;
}

function decisionOf({ decisions }: Timeline, id: string): AssignmentDecision | undefined {
  return decisions.findLast(({ eventId }) => eventId === id);
}

function midSentence(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function wrapped(line: string, width: number): string {
  return wrapAnsi(line, width, { hard: true });
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
