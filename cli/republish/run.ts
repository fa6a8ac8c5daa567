/** `republish`: has control records written, and says what became of them. */
import type { RepublishPort, RepublishRequest, RepublishStep } from "../../runtime/republish/index.js";
import type { Progress } from "../output/progress.js";
import { plural, printable } from "../output/text.js";
import type { Writer } from "../output/writer.js";

export interface RepublishOutput {
  readonly json: boolean;
  /** Nobody executes them now. */
  readonly isStopped: boolean;
}

export interface RepublishPorts {
  readonly writer: Writer;
  readonly progress: Progress;
}

type ControlStep = Extract<RepublishStep, { kind: "control" }>;

interface Totals {
  records: number;
  partitions: number;
  topic: string;
  republished: number | null;
}

export async function republish(
  port: RepublishPort,
  request: RepublishRequest,
  output: RepublishOutput,
  { writer, progress }: RepublishPorts,
): Promise<void> {
  const totals: Totals = { records: 0, partitions: 0, topic: "", republished: null };
  for await (const step of port.republish(request)) {
    if (step.kind === "control") {
      add(totals, step);
      progress.update(totals.records);
      if (output.json) writer.write(`${JSON.stringify(controlRow(step))}\n`);
      else if (request.dryRun) writer.write(`${sentence(step)}\n`);
    } else if (step.kind === "end") totals.republished = step.republished;
    // While it waits, and counts, the time is what moves.
    else progress.update(step.kind === "found" ? step.republished : totals.records);
    await writer.flush();
  }
  progress.clear();
  if (!output.json) writer.write(summary(totals, request, output));
  else if (totals.republished !== null) writer.write(`${JSON.stringify({ republished: totals.republished })}\n`);
  await writer.flush();
}

function add(totals: Totals, { records, topic }: ControlStep): void {
  totals.records += records;
  totals.partitions += 1;
  totals.topic = topic;
}

function controlRow({ outcome, topic, partition, records }: ControlStep) {
  return { outcome, topic, partition, records };
}

function sentence({ topic, partition, records }: ControlStep): string {
  return `${printable(topic)}, partition ${partition}: ${plural(records, "control record")} would be written`;
}

function summary(
  { records, partitions, topic, republished }: Totals,
  { dryRun }: RepublishRequest,
  output: RepublishOutput,
) {
  const what = `${plural(records, "control record")} ${dryRun ? "would be written" : "written"} to ${plural(partitions, "partition")} of ${printable(topic)}.\n`;
  if (dryRun) return what;
  if (output.isStopped) return `${what}The service is stopped: its next start executes them.\n`;
  if (republished === null)
    return `${what}The tasks execute them in the order of the stream; --wait SECONDS waits for it.\n`;
  return `${what}Executed: ${plural(republished, "record")} republished.\n`;
}
