/** The TypeScript shapes of the Avro contracts beside this file. A test holds the two together, field by field. */

/** The source systems whose events are understood. */
export const SOURCES = ["kustomer", "rasayel", "belco"] as const;
export type Source = (typeof SOURCES)[number];

export type TargetType = "QUEUE" | "USER";

/** Who holds a conversation. */
export interface Target {
  readonly type: TargetType;
  readonly id: string;
}

/** The key of an intent (decision rule, section 2): compared field by field, left to right. */
export interface Version {
  readonly basis: number;
  readonly kind: number;
  readonly workItemNumber: number;
  readonly workItemRevision: number;
  readonly eventId: string;
}

export type Lifecycle = "OPEN" | "SNOOZED" | "CLOSED" | "DELETED";

/** An explicit change of the target; `null` means nobody. */
export interface QueueChange {
  readonly target: Target | null;
}

/** The parts of a conversation's key. */
export interface ConversationIdentity {
  readonly source: string;
  readonly tenant: string;
  readonly conversationId: string;
}

interface EventIdentity extends ConversationIdentity {
  readonly eventId: string;
}

/** One event of the conversation stream. Numbers are integers from 0 to 2^53 - 3; times are epoch milliseconds. */
export interface ConversationEvent extends EventIdentity {
  readonly revision: number | null;
  readonly orderedAt: number | null;
  readonly queueChange: QueueChange | null;
  readonly lifecycleChange: Lifecycle | null;
  readonly isSync: boolean;
  readonly isDeletion: boolean;
  readonly persisted: boolean;
  readonly isAudit: boolean;
  readonly client: string | null;
  readonly occurredAt: number;
  readonly traceId: string | null;
  readonly snapshotTarget: Target | null;
  readonly preconditionRevision: number | null;
}

/** One event of the work-item stream. Numbers are integers from 0 to 2^53 - 3; times are epoch milliseconds. */
export interface WorkItemEvent extends EventIdentity {
  readonly workItemId: string;
  readonly workItemNumber: number;
  readonly revision: number;
  readonly basis: number | null;
  readonly resourceRevision: number | null;
  readonly queueChange: QueueChange | null;
  readonly completed: boolean;
  readonly isSync: boolean;
  readonly client: string | null;
  readonly occurredAt: number;
  readonly traceId: string | null;
}

export const DECISION_CLASSES = ["emitted", "kept", "echo", "stale", "duplicate"] as const;
export type DecisionClass = (typeof DECISION_CLASSES)[number];

/** The reasons of the decision rule, section 5, in the order of its table. */
export const REASONS = [
  "ASSIGNED",
  "UNASSIGNED",
  "LIFECYCLE_CHANGED",
  "CONFIRMED",
  "PROMOTED",
  "NO_QUEUE_CHANGE",
  "WORK_COMPLETED",
  "ECHO_FORWARD",
  "ECHO_IN_SYNC",
  "ECHO_OUTDATED",
  "STALE_REVERSE_SYNC",
  "SUPERSEDED_SAME_TARGET",
  "FORKED_REVISION",
  "STALE_REVISION",
  "STALE_BASIS",
  "DUPLICATE",
  "CONVERSATION_DELETED",
] as const;
export type Reason = (typeof REASONS)[number];

/** The record of the sync topic. */
export interface QueueAssignment extends ConversationIdentity {
  readonly sequence: number;
  readonly assignment: Target | null;
  readonly previousAssignment: Target | null;
  readonly lifecycle: Lifecycle;
  readonly assignmentVersion: Version | null;
  readonly lifecycleVersion: Version | null;
  readonly causeEventId: string;
  readonly reason: string;
  readonly decidedAt: number;
  readonly emittedAt: number;
}

export type Entity = "CONVERSATION" | "WORK_ITEM" | "AUDIT";

/** What was decided about one record of the two joined topics, and why. */
export interface AssignmentDecision extends EventIdentity {
  readonly entity: Entity;
  readonly entityId: string;
  readonly revision: number | null;
  readonly basis: number | null;
  readonly basisInferred: boolean;
  readonly target: Target | null;
  readonly version: Version | null;
  readonly isSync: boolean;
  readonly client: string | null;
  readonly reason: string;
  readonly decisionClass: DecisionClass;
  readonly holderEventId: string | null;
  readonly holderVersion: Version | null;
  readonly emittedSequence: number | null;
  readonly diverged: boolean;
  readonly occurredAt: number;
  readonly traceId: string | null;
  readonly ruleVersion: number;
  readonly inputTopic: string;
  readonly inputPartition: number;
  readonly inputOffset: number;
  readonly rawPosition: string | null;
}

/** What the source's own conversation record says, and since which revision (or item time). */
export interface SourceRecord {
  readonly target: Target | null;
  readonly revision: number;
  readonly eventId: string;
}

/** An intent of a work item whose basis is inherited and may still rise. */
export interface UnbasedIntent {
  readonly revision: number;
  readonly target: Target | null;
  readonly eventId: string;
  readonly decidedAt: number;
}

/** An explicit basis seen at a work-item revision. */
export interface BasisEvidence {
  readonly revision: number;
  readonly basis: number;
}

/** What is kept of one work item (decision rule, R6). */
export interface WorkItemState {
  readonly workItemNumber: number;
  readonly resourceRevision: number;
  readonly intent: UnbasedIntent | null;
  readonly basisBelow: number;
  readonly evidence: readonly BasisEvidence[];
}

/** What the last queue assignment said beside the registers. */
export interface Emission {
  readonly reason: string;
  readonly causeEventId: string;
  readonly previousAssignment: Target | null;
  readonly decidedAt: number;
  readonly emittedAt: number;
}

/** The offsets of the first records of a conversation that were processed; null: none yet. */
export interface FirstInput {
  /** In `conversation-events`. */
  readonly conversationOffset: number | null;
  /** In `work-item-events`. */
  readonly workItemOffset: number | null;
  /** The lowest in `raw-events`; null for good once a record came without a raw position, or with one in another partition. */
  readonly rawOffset: number | null;
}

/** The state of one conversation in the assignment store. */
export interface AssignmentRow {
  readonly sequence: number;
  readonly assignment: Target | null;
  readonly assignmentVersion: Version | null;
  readonly lifecycle: Lifecycle;
  readonly lifecycleVersion: Version | null;
  readonly record: SourceRecord | null;
  readonly workItems: readonly WorkItemState[];
  readonly lastEmission: Emission | null;
  /** Null when it is not known, and then for good: rows that version 1 of their format has written. */
  readonly firstInput: FirstInput | null;
}

/** The earlier releases that cannot read the rows that this one writes. */
export const EARLIER_ROW_RELEASES = ["0.1.0"] as const;
export type EarlierRowRelease = (typeof EARLIER_ROW_RELEASES)[number];

/** A position in a source partition: `offset` is the one after the last processed record. */
export interface SourcePosition {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** Where a task stands, written as the last record of each of its checkpoints. */
export interface Positions {
  readonly checkpoint: number;
  readonly positions: readonly SourcePosition[];
  readonly counters: readonly Counter[];
}

/** A running count of a task. */
export interface Counter {
  readonly name: string;
  readonly count: number;
}

/** The contracts by name. */
export interface ContractTypes {
  ConversationEvent: ConversationEvent;
  WorkItemEvent: WorkItemEvent;
  QueueAssignment: QueueAssignment;
  AssignmentDecision: AssignmentDecision;
  AssignmentRow: AssignmentRow;
  Positions: Positions;
}
export type ContractName = keyof ContractTypes;

/** `<source>:<tenant>:<conversationId>`: the key of every record of a conversation. */
export type ConversationKey = string & { readonly __brand: "ConversationKey" };

/** The key of a conversation. Source and tenant hold no colon: the readers of the sources refuse one. */
export function conversationKey(source: string, tenant: string, conversationId: string): ConversationKey {
  return `${source}:${tenant}:${conversationId}` as ConversationKey;
}

/** Source and tenant hold no colon, so the first two end them; the conversation's id may hold some. */
const KEY = /^([^:]+):([^:]+):(.+)$/su;

/** The parts of a conversation's key; null when the text is none. */
export function keyParts(text: string): ConversationIdentity | null {
  const [, source, tenant, conversationId] = KEY.exec(text) ?? [];
  if (source === undefined || tenant === undefined || conversationId === undefined) return null;
  return { source, tenant, conversationId };
}
