/** Waits until tasks have passed control records, and counts what they have republished meanwhile. */
import { setTimeout as delay } from "node:timers/promises";
import { REPUBLISHED_HEADER } from "../../processors/index.js";
import { pagesOf } from "../queries/index.js";
import { asksToRepublish } from "./control-records.js";
import { NotExecutedError, type RepublishStep, type RepublishTopics } from "./port.js";

/** Where the topics of a partition ended before control records were written. */
export interface Written {
  readonly partition: number;
  readonly fromOffset: number;
  readonly assignmentsFrom: number;
}

export interface Execution {
  readonly topic: string;
  readonly queueAssignments: string;
  readonly written: readonly Written[];
  readonly waitMs: number;
}

const LOOK_EVERY_MS = 200;

export async function* awaitExecution(topics: RepublishTopics, execution: Execution): AsyncGenerator<RepublishStep> {
  const { topic, waitMs } = execution;
  const giveUpMs = performance.now() + waitMs;
  let waiting = await Promise.all(
    execution.written.map(async (one) => ({ ...one, doneAt: (await controlOffset(topics, topic, one)) + 1 })),
  );
  for (;;) {
    const processed = await topics.processedTo(
      topic,
      waiting.map(({ partition }) => partition),
    );
    waiting = waiting.filter(({ doneAt }, index) => (processed[index] ?? -1) < doneAt);
    if (waiting.length === 0) break;
    yield { kind: "waiting", partitions: waiting.length };
    if (performance.now() > giveUpMs) throw notExecuted(topic, waiting, waitMs);
    await delay(LOOK_EVERY_MS);
  }
  yield* count(topics, execution);
}

/** Of the last of our control records, or of somebody's later one. */
async function controlOffset(
  { log }: RepublishTopics,
  topic: string,
  { partition, fromOffset }: Written,
): Promise<number> {
  let found: number | null = null;
  const toOffset = await log.endOffset(topic, partition);
  for await (const page of pagesOf(log, { topic, partition, fromOffset, toOffset }))
    for (const record of page) if (asksToRepublish(record)) found = record.offset;
  if (found === null) throw new Error(`${topic}-${partition}: the control record that was written is not there`);
  return found;
}

function notExecuted(topic: string, waiting: readonly Written[], waitMs: number): NotExecutedError {
  const places = waiting.map(({ partition }) => partition).join(", ");
  return new NotExecutedError(
    `after ${Math.round(waitMs / 1_000)} s the control records in these partitions of ${topic} are not executed: ${places}. They are there, and will be: are all instances ready, and how far are they behind?`,
  );
}

async function* count(
  { log }: RepublishTopics,
  { queueAssignments: topic, written }: Execution,
): AsyncGenerator<RepublishStep> {
  let republished = 0;
  for (const { partition, assignmentsFrom: fromOffset } of written) {
    const toOffset = await log.endOffset(topic, partition);
    for await (const page of pagesOf(log, { topic, partition, fromOffset, toOffset })) {
      for (const { headers } of page) if (headers.some(({ key }) => key === REPUBLISHED_HEADER)) republished += 1;
      yield { kind: "found", republished };
    }
  }
  yield { kind: "end", republished };
}
