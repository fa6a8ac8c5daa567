/** The processor of the ratchet sub-topology: joins the two streams on the row of a conversation, and emits forward moves. */
import type {
  AssignmentDecision,
  AssignmentRow,
  ConversationEvent,
  DecisionClass,
  Entity,
  Reason,
  WorkItemEvent,
} from "../schemas/types.js";
import { admittedKey, refuseConversationEvent, refuseWorkItemEvent } from "./admission.js";
import { type OffsetField, withFirstInput } from "./first-input.js";
import { type Processor, type ProcessorContext, RAW_POSITION_HEADER, type StreamRecord } from "./processor.js";
import { type Refusal, type RefusalCode, refusal } from "./refusal.js";
import { republishing } from "./republish.js";
import { type Decided, type DecisionContext, decideConversation, decideWorkItem, RULE_VERSION } from "./rule/index.js";

/** What observers are told about a record of a joined topic. */
export type RatchetOutcome =
  | {
      readonly kind: "decided";
      readonly source: string;
      readonly entity: Entity;
      readonly reason: Reason;
      readonly decisionClass: DecisionClass;
      readonly emitted: boolean;
      readonly forked: boolean;
      readonly diverged: boolean;
      readonly divergedBefore: boolean;
    }
  | { readonly kind: "refused"; readonly code: RefusalCode }
  /** What was emitted last for a conversation was emitted once more. */
  | { readonly kind: "republished"; readonly source: string }
  /** A conversation's row was removed. */
  | { readonly kind: "forgotten"; readonly source: string };

/** The conversations of a task whose record in the source says something else than the assignment. */
export const DIVERGED_COUNTER = "diverged";

export interface RatchetSettings {
  readonly workItemStream: "present" | "absent";
  /** `ignore`: control records do nothing. Default: execute. */
  readonly controlRecords?: "execute" | "ignore";
}

/** The names of the nodes that the processors forward to; the topology connects them. */
export interface RatchetSinks {
  readonly assignments: string;
  readonly decisions: string;
}

interface Half<Event> {
  readonly refuse: (key: string | null, event: Event) => Refusal | null;
  readonly decide: (row: AssignmentRow | undefined, event: Event, context: DecisionContext) => Decided;
  readonly subject: (event: Event) => Subject;
  /** Where the row keeps the offset of the first record of this half's topic. */
  readonly firstOffset: OffsetField;
}

interface Subject {
  readonly entity: Entity;
  readonly entityId: string;
  readonly revision: number | null;
}

type JoinedEvent = ConversationEvent | WorkItemEvent;

/** Decides the records of `conversation-events`. */
export function conversationRatchet(
  store: string,
  sinks: RatchetSinks,
  settings: RatchetSettings,
): Processor<ConversationEvent, RatchetOutcome> {
  const processor = ratchet(store, sinks, settings, {
    refuse: refuseConversationEvent,
    decide: decideConversation,
    subject: (event) => ({
      entity: event.isAudit ? "AUDIT" : "CONVERSATION",
      entityId: event.conversationId,
      revision: event.isAudit ? null : event.revision,
    }),
    firstOffset: "conversationOffset",
  });
  const control = republishing(store, sinks.assignments);
  const isIgnored = settings.controlRecords === "ignore";
  return { ...processor, control: isIgnored ? () => ({ kind: "nothing" }) : control };
}

/** Decides the records of `work-item-events`. */
export function workItemRatchet(
  store: string,
  sinks: RatchetSinks,
  settings: RatchetSettings,
): Processor<WorkItemEvent, RatchetOutcome> {
  const processor = ratchet(store, sinks, settings, {
    refuse: refuseWorkItemEvent,
    decide: decideWorkItem,
    subject: (event) => ({ entity: "WORK_ITEM", entityId: event.workItemId, revision: event.revision }),
    firstOffset: "workItemOffset",
  });
  const refused = refusal("UNSUPPORTED_CONTROL", "", "control records belong into conversation-events");
  return { ...processor, control: () => ({ kind: "refused", refusal: refused }) };
}

function ratchet<Event extends JoinedEvent>(
  store: string,
  sinks: RatchetSinks,
  settings: RatchetSettings,
  half: Half<Event>,
): Processor<Event, RatchetOutcome> {
  return {
    process(record, context) {
      const refused = half.refuse(record.key, record.value);
      if (refused !== null) {
        context.refuse(refused);
        return { kind: "refused", code: refused.code };
      }
      const rows = context.store<AssignmentRow>(store);
      const event = record.value;
      const key = admittedKey(record.key);
      const row = rows.get(key);
      const decided = half.decide(row, event, { workItemStream: settings.workItemStream, timestamp: record.timestamp });
      const after = withFirstInput(row, decided.row, record, half.firstOffset);
      if (after !== row) rows.put(key, after);
      const difference = Number(decided.decision.diverged) - Number(decided.divergedBefore);
      if (difference !== 0) context.count(DIVERGED_COUNTER, difference);
      const subject = half.subject(event);
      forward(record, key, decided, subject, sinks, context);
      return outcomeOf(event, subject, decided);
    },
  };
}

function forward(
  record: StreamRecord<JoinedEvent>,
  key: string,
  decided: Decided,
  subject: Subject,
  sinks: RatchetSinks,
  context: ProcessorContext,
): void {
  if (decided.assignment !== null) context.forward(sinks.assignments, { key, value: decided.assignment });
  context.forward(sinks.decisions, { key, value: decisionRecord(record, decided, subject) });
}

function decisionRecord(
  record: StreamRecord<JoinedEvent>,
  { decision }: Decided,
  subject: Subject,
): AssignmentDecision {
  const event = record.value;
  return {
    source: event.source,
    tenant: event.tenant,
    conversationId: event.conversationId,
    eventId: event.eventId,
    entity: subject.entity,
    entityId: subject.entityId,
    revision: subject.revision,
    basis: decision.basis,
    basisInferred: decision.basisInferred,
    target: decision.target,
    version: decision.version,
    isSync: event.isSync,
    client: event.client,
    reason: decision.reason,
    decisionClass: decision.decisionClass,
    holderEventId: decision.holderEventId,
    holderVersion: decision.holderVersion,
    emittedSequence: decision.emittedSequence,
    diverged: decision.diverged,
    occurredAt: event.occurredAt,
    traceId: event.traceId,
    ruleVersion: RULE_VERSION,
    inputTopic: record.topic,
    inputPartition: record.partition,
    inputOffset: record.offset,
    rawPosition: record.headers[RAW_POSITION_HEADER] ?? null,
  };
}

function outcomeOf(
  event: JoinedEvent,
  { entity }: Subject,
  { decision, assignment, forked, divergedBefore }: Decided,
): RatchetOutcome {
  return {
    kind: "decided",
    source: event.source,
    entity,
    reason: decision.reason,
    decisionClass: decision.decisionClass,
    emitted: assignment !== null,
    forked,
    diverged: decision.diverged,
    divergedBefore,
  };
}
