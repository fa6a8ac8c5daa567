/** How each contract is written: its fields in the order of its `.avsc`. Tests hold every byte to avsc's. */
import { type AvroWriter, EncodeError } from "./avro-writer.js";
import type {
  AssignmentDecision,
  AssignmentRow,
  BasisEvidence,
  ContractName,
  ContractTypes,
  ConversationEvent,
  Counter,
  DecisionClass,
  Emission,
  Entity,
  FirstInput,
  Lifecycle,
  Positions,
  QueueAssignment,
  QueueChange,
  SourcePosition,
  SourceRecord,
  Target,
  TargetType,
  UnbasedIntent,
  Version,
  WorkItemEvent,
  WorkItemState,
} from "./types.js";

/** Writes a value. @throws EncodeError, or a TypeError of the engine, when it does not fit. */
export type Write<Value> = (writer: AvroWriter, value: Value) => void;

const TARGET_TYPES: Readonly<Record<TargetType, number>> = { QUEUE: 0, USER: 1 };
const LIFECYCLES: Readonly<Record<Lifecycle, number>> = { OPEN: 0, SNOOZED: 1, CLOSED: 2, DELETED: 3 };
const ENTITIES: Readonly<Record<Entity, number>> = { CONVERSATION: 0, WORK_ITEM: 1, AUDIT: 2 };
const DECISION_CLASSES: Readonly<Record<DecisionClass, number>> = {
  emitted: 0,
  kept: 1,
  echo: 2,
  stale: 3,
  duplicate: 4,
};

const NULL_BRANCH = 0;
const VALUE_BRANCH = 1;

function symbol(writer: AvroWriter, index: number | undefined): void {
  if (index === undefined) throw new EncodeError("not a symbol of the enum");
  writer.long(index);
}

function nullable<Value>(write: Write<Value>): Write<Value | null> {
  return (writer, value) => {
    if (value === null) {
      writer.long(NULL_BRANCH);
      return;
    }
    writer.long(VALUE_BRANCH);
    write(writer, value);
  };
}

function array<Item>(write: Write<Item>): Write<readonly Item[]> {
  return (writer, items) => {
    if (items.length > 0) {
      writer.long(items.length);
      for (const item of items) write(writer, item);
    }
    writer.long(0);
  };
}

// Written out, as are the two below: these stand in every record, and a call through a closure costs as much as the writing.
function nullableLong(writer: AvroWriter, value: number | null): void {
  if (value === null) {
    writer.long(NULL_BRANCH);
    return;
  }
  writer.long(VALUE_BRANCH);
  writer.long(value);
}

function nullableString(writer: AvroWriter, value: string | null): void {
  if (value === null) {
    writer.long(NULL_BRANCH);
    return;
  }
  writer.long(VALUE_BRANCH);
  writer.string(value);
}

const nullableLifecycle = nullable<Lifecycle>((writer, value) => symbol(writer, LIFECYCLES[value]));

function nullableTarget(writer: AvroWriter, target: Target | null): void {
  if (target === null) {
    writer.long(NULL_BRANCH);
    return;
  }
  writer.long(VALUE_BRANCH);
  symbol(writer, TARGET_TYPES[target.type]);
  writer.string(target.id);
}

function nullableVersion(writer: AvroWriter, version: Version | null): void {
  if (version === null) {
    writer.long(NULL_BRANCH);
    return;
  }
  writer.long(VALUE_BRANCH);
  writer.long(version.basis);
  writer.int(version.kind);
  writer.long(version.workItemNumber);
  writer.long(version.workItemRevision);
  writer.string(version.eventId);
}

const nullableQueueChange = nullable<QueueChange>((writer, { target }) => nullableTarget(writer, target));

interface Identified {
  readonly source: string;
  readonly tenant: string;
  readonly conversationId: string;
}

function identity(writer: AvroWriter, { source, tenant, conversationId }: Identified): void {
  writer.string(source);
  writer.string(tenant);
  writer.string(conversationId);
}

const conversationEvent: Write<ConversationEvent> = (writer, event) => {
  identity(writer, event);
  writer.string(event.eventId);
  nullableLong(writer, event.revision);
  nullableLong(writer, event.orderedAt);
  nullableQueueChange(writer, event.queueChange);
  nullableLifecycle(writer, event.lifecycleChange);
  writer.boolean(event.isSync);
  writer.boolean(event.isDeletion);
  writer.boolean(event.persisted);
  writer.boolean(event.isAudit);
  nullableString(writer, event.client);
  writer.long(event.occurredAt);
  nullableString(writer, event.traceId);
  nullableTarget(writer, event.snapshotTarget);
  nullableLong(writer, event.preconditionRevision);
};

const workItemEvent: Write<WorkItemEvent> = (writer, event) => {
  identity(writer, event);
  writer.string(event.eventId);
  writer.string(event.workItemId);
  writer.long(event.workItemNumber);
  writer.long(event.revision);
  nullableLong(writer, event.basis);
  nullableLong(writer, event.resourceRevision);
  nullableQueueChange(writer, event.queueChange);
  writer.boolean(event.completed);
  writer.boolean(event.isSync);
  nullableString(writer, event.client);
  writer.long(event.occurredAt);
  nullableString(writer, event.traceId);
};

const queueAssignment: Write<QueueAssignment> = (writer, record) => {
  identity(writer, record);
  writer.long(record.sequence);
  nullableTarget(writer, record.assignment);
  nullableTarget(writer, record.previousAssignment);
  symbol(writer, LIFECYCLES[record.lifecycle]);
  nullableVersion(writer, record.assignmentVersion);
  nullableVersion(writer, record.lifecycleVersion);
  writer.string(record.causeEventId);
  writer.string(record.reason);
  writer.long(record.decidedAt);
  writer.long(record.emittedAt);
};

const assignmentDecision: Write<AssignmentDecision> = (writer, record) => {
  identity(writer, record);
  writer.string(record.eventId);
  symbol(writer, ENTITIES[record.entity]);
  writer.string(record.entityId);
  nullableLong(writer, record.revision);
  nullableLong(writer, record.basis);
  writer.boolean(record.basisInferred);
  nullableTarget(writer, record.target);
  nullableVersion(writer, record.version);
  writer.boolean(record.isSync);
  nullableString(writer, record.client);
  writer.string(record.reason);
  symbol(writer, DECISION_CLASSES[record.decisionClass]);
  nullableString(writer, record.holderEventId);
  nullableVersion(writer, record.holderVersion);
  nullableLong(writer, record.emittedSequence);
  writer.boolean(record.diverged);
  writer.long(record.occurredAt);
  nullableString(writer, record.traceId);
  writer.int(record.ruleVersion);
  writer.string(record.inputTopic);
  writer.int(record.inputPartition);
  writer.long(record.inputOffset);
  nullableString(writer, record.rawPosition);
};

const nullableSourceRecord = nullable<SourceRecord>((writer, { target, revision, eventId }) => {
  nullableTarget(writer, target);
  writer.long(revision);
  writer.string(eventId);
});

const nullableIntent = nullable<UnbasedIntent>((writer, { revision, target, eventId, decidedAt }) => {
  writer.long(revision);
  nullableTarget(writer, target);
  writer.string(eventId);
  writer.long(decidedAt);
});

const evidenceList = array<BasisEvidence>((writer, { revision, basis }) => {
  writer.long(revision);
  writer.long(basis);
});

const workItems = array<WorkItemState>((writer, item) => {
  writer.long(item.workItemNumber);
  writer.long(item.resourceRevision);
  nullableIntent(writer, item.intent);
  writer.long(item.basisBelow);
  evidenceList(writer, item.evidence);
});

const nullableEmission = nullable<Emission>((writer, emission) => {
  writer.string(emission.reason);
  writer.string(emission.causeEventId);
  nullableTarget(writer, emission.previousAssignment);
  writer.long(emission.decidedAt);
  writer.long(emission.emittedAt);
});

const nullableFirstInput = nullable<FirstInput>((writer, { conversationOffset, workItemOffset, rawOffset }) => {
  nullableLong(writer, conversationOffset);
  nullableLong(writer, workItemOffset);
  nullableLong(writer, rawOffset);
});

/** A row as 0.1.0 wrote it, and reads it: without its first input. */
export const assignmentRowVersion1: Write<AssignmentRow> = (writer, row) => {
  writer.long(row.sequence);
  nullableTarget(writer, row.assignment);
  nullableVersion(writer, row.assignmentVersion);
  symbol(writer, LIFECYCLES[row.lifecycle]);
  nullableVersion(writer, row.lifecycleVersion);
  nullableSourceRecord(writer, row.record);
  workItems(writer, row.workItems);
  nullableEmission(writer, row.lastEmission);
};

const assignmentRow: Write<AssignmentRow> = (writer, row) => {
  assignmentRowVersion1(writer, row);
  nullableFirstInput(writer, row.firstInput);
};

const sourcePositions = array<SourcePosition>((writer, { topic, partition, offset }) => {
  writer.string(topic);
  writer.int(partition);
  writer.long(offset);
});

const counters = array<Counter>((writer, { name, count }) => {
  writer.string(name);
  writer.long(count);
});

const positions: Write<Positions> = (writer, value) => {
  writer.long(value.checkpoint);
  sourcePositions(writer, value.positions);
  counters(writer, value.counters);
};

export const WRITERS: { readonly [Name in ContractName]: Write<ContractTypes[Name]> } = {
  ConversationEvent: conversationEvent,
  WorkItemEvent: workItemEvent,
  QueueAssignment: queueAssignment,
  AssignmentDecision: assignmentDecision,
  AssignmentRow: assignmentRow,
  Positions: positions,
};
