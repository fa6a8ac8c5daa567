/** What lies in a data folder that nobody has open. */
import { EmbeddedEngine } from "../../../../runtime/embedded/index.js";
import type { ConsumedRecord } from "../../../../runtime/task/index.js";
import { productTopology } from "../../../../topology/index.js";
import { numberOf } from "../../../support/http/event-body.js";

const OWNER = { applicationId: "queue-ratchet", topicPrefix: "" };

export interface StoredEvents {
  /** The numbers of the raw events. */
  readonly numbers: ReadonlySet<number>;
  readonly raw: number;
  /** Of the joined topics, and of the dead letters. */
  readonly processed: number;
}

export async function storedEvents(folder: string, partitions: number): Promise<StoredEvents> {
  const owner = { ...OWNER, partitions };
  const topology = productTopology({ ...owner, tenant: null, workItemStream: "present" });
  const { log, stop } = await opened({ ...owner, topology, folder });
  try {
    const numbers = new Set<number>();
    let raw = 0;
    for await (const { value } of records(log, "raw-events")) {
      raw += 1;
      numbers.add(numberOf(Buffer.from(value ?? []).toString("latin1")));
    }
    let processed = 0;
    for (const topic of ["conversation-events", "work-item-events", "dead-letters"])
      for await (const _ of records(log, topic)) processed += 1;
    return { numbers, raw, processed };
  } finally {
    await stop();
  }
}

async function opened(options: Parameters<typeof EmbeddedEngine.open>[0]) {
  const engine = await EmbeddedEngine.open(options);
  return { log: engine.log, stop: () => engine.stop() };
}

async function* records(log: EmbeddedEngine<unknown>["log"], topic: string): AsyncGenerator<ConsumedRecord> {
  for (const info of log.partitions().filter((partition) => partition.topic === topic)) {
    for (let offset = info.startOffset; offset < info.endOffset; ) {
      const slice = await log.read(topic, info.partition, offset);
      yield* slice.records;
      offset = slice.nextOffset;
    }
  }
}
