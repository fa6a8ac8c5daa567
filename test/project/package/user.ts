// A user's program: compiled against the installed package, and run.
import {
  type ConversationEvent,
  conversationKey,
  decideConversation,
  partitionFor,
  type QueueAssignment,
} from "queue-ratchet";
import {
  ApplyError,
  type AssignmentChange,
  type ConsumeOptions,
  type ConversationState,
  consumeAssignments,
  memoryStore,
  mergeAssignment,
  type RunningConsumer,
  type VersionStore,
  versionSortKey,
} from "queue-ratchet/consumer";

interface Client {
  query(text: string): Promise<void>;
}

const client: Client = { query: async () => undefined };

// A store of one's own: its handle is typed all the way to apply.
const store: VersionStore<Client> = {
  durable: true,
  async transaction(work) {
    return work({ handle: client, load: () => new Map<string, ConversationState>(), save: async () => undefined });
  },
};

const options: ConsumeOptions<Client> = {
  brokers: "127.0.0.1:1",
  groupId: "users",
  registry: "http://127.0.0.1:1",
  from: { timestamp: new Date(0) },
  store,
  apply: async (change: AssignmentChange, { handle, signal }) => {
    if (signal.aborted) return;
    await handle.query(`${change.key} ${change.after.assignment?.id ?? ""}`);
  },
  connectTimeoutMs: 100,
};

async function inferred(): Promise<RunningConsumer> {
  return consumeAssignments({
    brokers: ["127.0.0.1:1"],
    groupId: "users",
    registry: { url: "http://127.0.0.1:1" },
    store,
    applyBatch: (changes, { handle }) => handle.query(String(changes.length)),
    connectTimeoutMs: 100,
  });
}

// @ts-expect-error either apply or applyBatch
const neither: ConsumeOptions = { brokers: "b:1", groupId: "g", registry: "http://r", store: memoryStore() };

const event: ConversationEvent = {
  source: "kustomer",
  tenant: "t",
  conversationId: "c",
  eventId: "e",
  revision: 1,
  orderedAt: null,
  queueChange: { target: { type: "QUEUE", id: "q" } },
  lifecycleChange: null,
  isSync: false,
  isDeletion: false,
  persisted: true,
  isAudit: false,
  client: null,
  occurredAt: 1,
  traceId: null,
  snapshotTarget: null,
  preconditionRevision: null,
};
const { assignment } = decideConversation(undefined, event, { workItemStream: "present", timestamp: 1 });
const decided: QueueAssignment | null = assignment;
if (decided === null) throw new Error("nothing was decided");
const { state } = mergeAssignment(null, decided);
const key = new Uint8Array([1, 2, 3]);
const outcomes = [
  conversationKey("kustomer", "t", "c"),
  state.assignment?.id,
  versionSortKey(state.assignmentVersion).length > 0,
  partitionFor(key, 1),
  new ApplyError("t", 0, 1, 1, { cause: "x" }) instanceof Error,
  neither.groupId,
];

async function names(attempts: readonly (() => Promise<unknown>)[]): Promise<string[]> {
  const found: string[] = [];
  for (const attempt of attempts) {
    try {
      await attempt();
      found.push("no error");
    } catch (error) {
      found.push(error instanceof Error ? error.name : "not an error");
    }
  }
  return found;
}

declare const console: { log(text: string): void };

names([() => consumeAssignments(options), inferred]).then((found) =>
  console.log(JSON.stringify([...outcomes, ...found])),
);
