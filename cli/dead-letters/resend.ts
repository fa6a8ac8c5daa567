/** `dead-letters resend`: sends letters through again, and says what became of each. */
import type { DeadLetterPort, ResendRequest, ResendStep } from "../../runtime/dead-letters/index.js";
import { jsonLine } from "../output/json-line.js";
import type { Progress } from "../output/progress.js";
import { plural, printable } from "../output/text.js";
import type { Writer } from "../output/writer.js";

export interface ResendPorts {
  readonly writer: Writer;
  readonly progress: Progress;
  /** Takes a line about a letter that cannot be sent. */
  readonly complain: (line: string) => void;
}

export interface ResendOutput {
  readonly json: boolean;
  /** Nobody processes them now. */
  readonly isStopped: boolean;
}

type LetterStep = Extract<ResendStep, { kind: "letter" }>;
type Totals = Record<LetterStep["outcome"], number>;

/** @returns how many letters were refused. @throws UnknownLetterError before anything is sent */
export async function resendDeadLetters(
  letters: DeadLetterPort,
  request: ResendRequest,
  output: ResendOutput,
  { writer, progress, complain }: ResendPorts,
): Promise<number> {
  const totals: Totals = { sent: 0, "would-send": 0, "sent-before": 0, refused: 0 };
  const isOneByOne = request.places !== null || request.dryRun;
  for await (const step of letters.resend(request)) {
    if (step.kind === "read") progress.update(step.records);
    if (step.kind !== "letter") continue;
    totals[step.outcome] += 1;
    if (output.json) {
      const { kind, ...row } = step;
      writer.write(jsonLine(row));
    } else if (step.outcome === "refused") {
      progress.clear();
      complain(`${step.place}: not sent: ${printable(step.why)}`);
    } else if (isOneByOne) {
      writer.write(`${step.place}: ${sentence(step)}\n`);
    }
    await writer.flush();
  }
  progress.clear();
  if (!output.json) writer.write(summary(totals, output));
  await writer.flush();
  return totals.refused;
}

function sentence(step: Exclude<LetterStep, { outcome: "refused" }>): string {
  if (step.outcome === "sent-before") return "not sent: it was sent through again before";
  const where = `${printable(step.topic)}, partition ${step.partition}`;
  return step.outcome === "sent" ? `sent to ${where}` : `would be sent to ${where}`;
}

function summary(totals: Totals, { isStopped }: ResendOutput): string {
  const all = Object.values(totals).reduce((sum, count) => sum + count, 0);
  const parts = [
    totals.sent > 0 && `${totals.sent} sent`,
    totals["would-send"] > 0 && `${totals["would-send"]} would be sent`,
    totals["sent-before"] > 0 && `${totals["sent-before"]} sent before`,
    totals.refused > 0 && `${totals.refused} cannot be sent`,
  ].filter((part) => part !== false);
  const what = `${plural(all, "dead letter")}${parts.length === 0 ? "" : `: ${parts.join(", ")}`}.\n`;
  return totals.sent > 0 && isStopped ? `${what}The service is stopped: its next start processes them.\n` : what;
}
