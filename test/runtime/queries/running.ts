/** An engine of the product on a folder of its own, and events that are put into its joined topics. */
import {
  EmbeddedEngine,
  type EmbeddedEngineOptions,
  EmbeddedStorage,
  queryPort,
} from "../../../runtime/embedded/index.js";
import { AssignmentQueries } from "../../../runtime/queries/index.js";
import { encodeText, type ProducedRecord } from "../../../runtime/task/index.js";
import { conversationKey } from "../../../schemas/index.js";
import { type ProductOutcome, productTopology } from "../../../topology/index.js";
import type { JoinedEvent } from "../../oracle/build.js";

export const SETTINGS = { applicationId: "queue-ratchet", topicPrefix: "", partitions: 3 };
const TOPIC_OF = { conversation: "conversation-events", "work-item": "work-item-events" } as const;

const TOPOLOGY = productTopology({ ...SETTINGS, tenant: null, workItemStream: "present" });

export function openEngine(
  folder: string,
  options: Partial<EmbeddedEngineOptions<ProductOutcome>> = {},
): Promise<EmbeddedEngine<ProductOutcome>> {
  return EmbeddedEngine.open({ ...SETTINGS, topology: TOPOLOGY, folder, ...options });
}

export function queriesOf(engine: EmbeddedEngine<ProductOutcome>): AssignmentQueries {
  return new AssignmentQueries(queryPort(engine), SETTINGS);
}

/** Processes the events one after the other: their order is the order of arrival. */
export async function process(engine: EmbeddedEngine<ProductOutcome>, events: readonly JoinedEvent[]): Promise<void> {
  for (const [index, event] of events.entries()) {
    await engine.append([joinedRecord(engine, event, index)]);
    await engine.caughtUp();
  }
}

export function joinedRecord(
  engine: EmbeddedEngine<ProductOutcome>,
  { kind, event }: JoinedEvent,
  timestamp: number,
): ProducedRecord {
  const topic = TOPIC_OF[kind];
  const key = encodeText(conversationKey(event.source, event.tenant, event.conversationId));
  return { topic, timestamp, key, value: engine.codec(topic).encode(event as never), headers: [] };
}

/** Lets retention remove the oldest decisions of a folder that nobody has open, all but this many bytes per partition. */
export async function expireDecisions(folder: string, retentionBytes: number): Promise<void> {
  const topics = TOPOLOGY.topics.map((topic) =>
    topic.name === "queue-assignment-decisions" ? { ...topic, retentionBytes } : topic,
  );
  const storage = await EmbeddedStorage.open(folder, { ...SETTINGS, topics, cacheBytes: 1024 * 1024 });
  while (await storage.maintenance.step());
  await storage.close();
}
