/** Counts what `try` saw, and says at its end what was dropped as stale and why. */

import wrapAnsi from "wrap-ansi";
import type { AssignmentDecision, DecisionClass } from "../../schemas/index.js";
import { sentenceOf } from "../output/sentences.js";
import type { Colors } from "../output/terminal.js";
import { formatCount, plural } from "../output/text.js";

const MAX_STALE_LISTED = 20;

export class Summary {
  private readonly counts: Record<DecisionClass, number> = { emitted: 0, kept: 0, echo: 0, stale: 0, duplicate: 0 };
  private readonly stale: AssignmentDecision[] = [];
  ignored = 0;
  unreadable = 0;

  add(decision: AssignmentDecision): void {
    this.counts[decision.decisionClass] += 1;
    if (decision.decisionClass === "stale" && this.stale.length < MAX_STALE_LISTED) this.stale.push(decision);
  }

  constructor(private readonly width: number) {}

  text(conversations: number, diverged: number, colors: Colors): string {
    const { emitted, kept, echo, stale, duplicate } = this.counts;
    const total = emitted + kept + echo + stale + duplicate;
    const lines = [
      "",
      `${plural(total, "event")} of ${plural(conversations, "conversation")}: ${formatCount(emitted)} emitted, ${formatCount(kept)} kept, ` +
        `${plural(echo, "echo").replace(/echos$/, "echoes")}, ${plural(duplicate, "duplicate")}, ` +
        `${colors.bold(`${formatCount(stale)} dropped as stale`)}${rate(stale, total)}.`,
    ];
    if (this.ignored > 0) lines.push(`${plural(this.ignored, "document")} known to be irrelevant.`);
    if (this.unreadable > 0) lines.push(`${plural(this.unreadable, "document")} unreadable: named on standard error.`);
    if (diverged > 0)
      lines.push(`${plural(diverged, "conversation")} diverged: the source's record does not say what was decided.`);
    if (stale > 0) lines.push("", colors.bold("Dropped as stale:"), ...this.staleLines(stale, colors));
    return `${lines.map((line) => wrapAnsi(line, this.width, { hard: true })).join("\n")}\n`;
  }

  private staleLines(total: number, colors: Colors): string[] {
    const lines = this.stale.map((decision) => `${colors.red(decision.reason)}: ${sentenceOf(decision)}`);
    if (total > this.stale.length)
      lines.push(`… and ${formatCount(total - this.stale.length)} more: --show decisions lists all.`);
    return lines;
  }
}

function rate(part: number, total: number): string {
  return total === 0 ? "" : ` (${((part / total) * 100).toFixed(1)} %)`;
}
