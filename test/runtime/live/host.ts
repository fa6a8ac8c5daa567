/** The product in an engine, whichever it is, and the live application that tools see of it. */
import type { Engine } from "../../../runtime/engine.js";
import type { LiveApplication } from "../../../runtime/live/index.js";
import type { TopicNames } from "../../../topology/index.js";
import { until } from "../../support/kafka/processes/index.js";

export const PARTITIONS = 3;
export const RETENTION_HOURS = 1;

export interface LiveHost {
  readonly topics: TopicNames;
  readonly engine: Engine;
  readonly live: LiveApplication;
  /** Resolves when the partition's records before the offset, which are older than {@link RETENTION_HOURS}, are gone. */
  expired(topic: string, partition: number, offset: number): Promise<void>;
  close(): Promise<void>;
}

/** What retention does now and then, waited for. */
export async function retentionPassed(live: LiveApplication, topic: string, partition: number, offset: number) {
  const gone = async () => (await live.log.startOffset(topic, partition)) >= offset;
  if (!(await until(gone, 30_000))) throw new Error(`retention has not come by at ${topic}-${partition}`);
}
