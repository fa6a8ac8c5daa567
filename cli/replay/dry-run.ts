/** `replay --dry-run`: what a replay would read and make. Nothing is written. */
import type { LiveApplication } from "../../runtime/live/index.js";
import {
  offsetsIn,
  planComparison,
  planReplay,
  ReplayInterruptedError,
  type TopicOffset,
} from "../../runtime/replay/index.js";
import { EXIT_OK } from "../errors.js";
import type { Progress } from "../output/progress.js";
import { plural, printable } from "../output/text.js";
import type { Writer } from "../output/writer.js";
import type { ReplayRequest } from "./flags.js";
import { rangesText } from "./report.js";
import type { ReplaySettings } from "./settings.js";

export interface DryRunPorts {
  readonly writer: Writer;
  readonly progress: (noun: string) => Progress;
  readonly signal: AbortSignal;
}

/** @returns the exit code. @throws what a replay throws before it begins */
export async function dryRun(
  live: LiveApplication,
  request: ReplayRequest,
  settings: ReplaySettings,
  root: string,
  { writer, progress, signal }: DryRunPorts,
): Promise<number> {
  const positions = request.compare ? await livePositions(live, settings.partitions, progress("rows"), signal) : null;
  const plan =
    positions === null
      ? await planReplay(live, settings, request)
      : await planComparison(live, settings, request, positions);
  const rebuilt = offsetsIn(plan.ranges, "rebuilt");
  writer.write(`A replay of\n${rangesText(plan.ranges)}`);
  writer.write(`would read at most ${plural(offsetsIn(plan.ranges, "replayed"), "record")}`);
  writer.write(rebuilt === 0 ? ".\n" : `, after ${plural(rebuilt, "earlier record")} to rebuild the rows.\n`);
  writer.write(`Its folder would be made in ${root}; ${await sinkText(request, settings)}.\n`);
  await writer.flush();
  return EXIT_OK;
}

async function sinkText({ sink }: ReplayRequest, settings: ReplaySettings): Promise<string> {
  switch (sink.kind) {
    case "none":
      return "no assignments would be written";
    case "stdout":
      return "assignments would be printed";
    case "file":
      return `assignments would be written to the file ${printable(sink.path)}`;
    case "topic": {
      if (settings.engine === "embedded") return `assignments would be written to topic ${sink.name} in it`;
      const { isKafkaTopicThere } = await import("./kafka-topic.js");
      const isThere = await isKafkaTopicThere(sink.name, settings);
      return `assignments would be written to topic ${sink.name}, which ${isThere ? "is there" : "would be made"}`;
    }
  }
}

/** How far the live tasks have come. */
async function livePositions(
  live: LiveApplication,
  partitions: number,
  progress: Progress,
  signal: AbortSignal,
): Promise<readonly TopicOffset[]> {
  const reached: TopicOffset[] = [];
  let count = 0;
  for (let partition = 0; partition < partitions; partition++) {
    const state = await live.state(partition);
    for await (const page of state.rows()) {
      count += page.length;
      progress.update(count);
      if (signal.aborted) throw new ReplayInterruptedError();
    }
    reached.push(...(state.positions?.positions ?? []));
  }
  progress.clear();
  return reached;
}
