/** Events of conversations that each change their row, and the rows that come of them. */
import type { LiveApplication } from "../../../runtime/live/index.js";
import { type AssignmentView, assignmentView, pagesOf } from "../../../runtime/queries/index.js";
import { encodeText, type ProducedRecord } from "../../../runtime/task/index.js";
import { assignmentRowCodec, type ConversationEvent, conversationKey, type Positions } from "../../../schemas/index.js";
import { startEmbedded } from "./embedded-host.js";
import type { LiveHost } from "./host.js";

const SOURCE = "kustomer";
const TENANT = "t";
const QUEUES = 7;

export function eventOf(conversation: number, revision: number): ConversationEvent {
  return {
    source: SOURCE,
    tenant: TENANT,
    conversationId: `c${conversation}`,
    eventId: `e${conversation}-${revision}`,
    revision,
    orderedAt: null,
    queueChange: { target: { type: "QUEUE", id: `q${revision % QUEUES}` } },
    lifecycleChange: null,
    isSync: false,
    isDeletion: false,
    persisted: true,
    isAudit: false,
    client: null,
    occurredAt: revision,
    traceId: null,
    snapshotTarget: null,
    preconditionRevision: null,
  };
}

export function recordOf(
  { topics, engine }: Pick<LiveHost, "topics" | "engine">,
  event: ConversationEvent,
  timestamp: number,
): ProducedRecord {
  const topic = topics.conversationEvents;
  const key = encodeText(conversationKey(event.source, event.tenant, event.conversationId));
  return { topic, timestamp, key, value: Uint8Array.from(engine.codec(topic).encode(event)), headers: [] };
}

/** As a tool sees them, by key; a row that was removed is none. */
export interface ReadState {
  readonly rows: ReadonlyMap<string, AssignmentView>;
  readonly positions: Positions | null;
}

export async function readState(live: LiveApplication, partition: number): Promise<ReadState> {
  const state = await live.state(partition);
  const rows = new Map<string, AssignmentView>();
  for await (const page of state.rows()) {
    for (const { key, row } of page) {
      if (row === null) rows.delete(key);
      else rows.set(key, assignmentView(key, assignmentRowCodec.decode(row)));
    }
  }
  return { rows, positions: state.positions };
}

/** The rows that come of a partition's conversation events up to an offset, in a new engine. */
export async function recomputed(host: LiveHost, partition: number, toOffset: number): Promise<ReadState["rows"]> {
  const topic = host.topics.conversationEvents;
  const fresh = await startEmbedded();
  try {
    for await (const page of pagesOf(host.live.log, { topic, partition, fromOffset: 0, toOffset })) {
      const events = page.map(({ value }) =>
        host.engine.codec(topic).decodeAs("ConversationEvent", value ?? Buffer.alloc(0)),
      );
      await fresh.engine.append(events.map((event, index) => recordOf(fresh, event, page[index]?.timestamp ?? 0)));
    }
    await fresh.engine.caughtUp();
    return (await readState(fresh.live, partition)).rows;
  } finally {
    await fresh.close();
  }
}

/** Of the conversation events. */
export function positionOf({ topics }: LiveHost, { positions }: ReadState): number | null {
  return positions?.positions.find(({ topic }) => topic === topics.conversationEvents)?.offset ?? null;
}
