/** The embedded engine as the queries see it. */
import type { QueriedLog, QueryPort } from "../queries/index.js";
import type { EmbeddedEngine } from "./engine.js";
import type { Log } from "./log/log.js";

/** Of an engine that runs, or was only opened. */
export function queryPort<Outcome>(engine: EmbeddedEngine<Outcome>): QueryPort {
  return {
    log: new EmbeddedTopicLog(engine.log),
    store: (name, partition) => engine.store(name, partition),
    codec: (topic) => engine.codec(topic),
  };
}

/** Where its partitions begin and end is known without asking anybody. */
class EmbeddedTopicLog implements QueriedLog {
  constructor(private readonly log: Log) {}

  async startOffset(topic: string, partition: number): Promise<number> {
    return this.log.startOffset(topic, partition);
  }

  async endOffset(topic: string, partition: number): Promise<number> {
    return this.log.endOffset(topic, partition);
  }

  read(topic: string, partition: number, fromOffset: number) {
    return this.log.read(topic, partition, fromOffset);
  }
}
