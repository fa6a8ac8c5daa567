/** One value of each contract with every field there, and one with null wherever null is allowed: complete by type. */
import type {
  BasisEvidence,
  ContractName,
  ContractTypes,
  Counter,
  Emission,
  FirstInput,
  QueueChange,
  SourcePosition,
  SourceRecord,
  Target,
  UnbasedIntent,
  Version,
  WorkItemState,
} from "../../schemas/index.js";

type Primitive = string | number | boolean;

type Populated<T> = T extends Primitive
  ? T
  : T extends readonly (infer Item)[]
    ? readonly [Populated<Item>]
    : { readonly [Field in keyof T]-?: Populated<NonNullable<T[Field]>> };

/** The record with null in every field that may be null. */
type Sparse<T> = { readonly [Field in keyof T]-?: null extends T[Field] ? null : T[Field] };

/** The records within the contracts, by name. */
interface NestedTypes {
  readonly Target: Target;
  readonly Version: Version;
  readonly QueueChange: QueueChange;
  readonly SourceRecord: SourceRecord;
  readonly WorkItemState: WorkItemState;
  readonly UnbasedIntent: UnbasedIntent;
  readonly BasisEvidence: BasisEvidence;
  readonly Emission: Emission;
  readonly FirstInput: FirstInput;
  readonly SourcePosition: SourcePosition;
  readonly Counter: Counter;
}
type RecordTypes = ContractTypes & NestedTypes;

const target = { type: "QUEUE", id: "5fa2a5a910e1be0019cda332" } as const;
const otherTarget = { type: "USER", id: "hDPhQuae27KmsYREq" } as const;
const identity = { source: "kustomer", tenant: "5d2f98fec7a28e001a2cfe04", conversationId: "621e7d0534b1800f59590a62" };
const version = { basis: 58, kind: 1, workItemNumber: 2, workItemRevision: 3, eventId: "621e7eab08413f62a436079f" };
const lifecycleVersion = { basis: 59, kind: 0, workItemNumber: 0, workItemRevision: 0, eventId: "621e7eab" };

export const populated: { readonly [Name in ContractName]: Populated<ContractTypes[Name]> } = {
  ConversationEvent: {
    ...identity,
    eventId: "621e7eac5746ae3762045ca7",
    revision: 60,
    orderedAt: 1_646_165_676_210,
    queueChange: { target },
    lifecycleChange: "SNOOZED",
    isSync: true,
    isDeletion: true,
    persisted: true,
    isAudit: true,
    client: "workflow",
    occurredAt: 1_646_165_676_211,
    traceId: "5975515570340052903",
    snapshotTarget: otherTarget,
    preconditionRevision: 59,
  },
  WorkItemEvent: {
    ...identity,
    eventId: "621e7eac5746ae3762045ca8",
    workItemId: "621e7d09",
    workItemNumber: 1,
    revision: 3,
    basis: 53,
    resourceRevision: 11,
    queueChange: { target },
    completed: true,
    isSync: true,
    client: "routing-worker",
    occurredAt: 1_646_165_676_212,
    traceId: "5975515570340052904",
  },
  QueueAssignment: {
    ...identity,
    sequence: 4,
    assignment: target,
    previousAssignment: otherTarget,
    lifecycle: "CLOSED",
    assignmentVersion: version,
    lifecycleVersion,
    causeEventId: "621e7eab08413f62a436079f",
    reason: "ASSIGNED",
    decidedAt: 1_646_165_676_213,
    emittedAt: 1_646_165_676_214,
  },
  AssignmentDecision: {
    ...identity,
    eventId: "621e7eac5746ae3762045ca9",
    entity: "WORK_ITEM",
    entityId: "621e7d09",
    revision: 61,
    basis: 54,
    basisInferred: true,
    target,
    version,
    isSync: true,
    client: "api",
    reason: "STALE_BASIS",
    decisionClass: "stale",
    holderEventId: "621e7eab",
    holderVersion: lifecycleVersion,
    emittedSequence: 5,
    diverged: true,
    occurredAt: 1_646_165_676_215,
    traceId: "5975515570340052905",
    ruleVersion: 1,
    inputTopic: "work-item-events",
    inputPartition: 7,
    inputOffset: 8,
    rawPosition: "7:9",
  },
  AssignmentRow: {
    sequence: 4,
    assignment: target,
    assignmentVersion: version,
    lifecycle: "DELETED",
    lifecycleVersion,
    record: { target: otherTarget, revision: 60, eventId: "621e7eac" },
    workItems: [
      {
        workItemNumber: 1,
        resourceRevision: 11,
        intent: { revision: 4, target, eventId: "621e7ead", decidedAt: 1_646_165_676_216 },
        basisBelow: 53,
        evidence: [{ revision: 5, basis: 62 }],
      },
    ],
    lastEmission: {
      reason: "PROMOTED",
      causeEventId: "621e7ead",
      previousAssignment: otherTarget,
      decidedAt: 1_646_165_676_217,
      emittedAt: 1_646_165_676_218,
    },
    firstInput: { conversationOffset: 10, workItemOffset: 300, rawOffset: 70_000 },
  },
  Positions: {
    checkpoint: 12,
    positions: [{ topic: "work-item-events", partition: 7, offset: 9 }],
    counters: [{ name: "diverged", count: 3 }],
  },
};

const [workItem] = populated.AssignmentRow.workItems;

export const sparse: { readonly [Name in keyof RecordTypes]: Sparse<RecordTypes[Name]> } = {
  ConversationEvent: {
    ...populated.ConversationEvent,
    revision: null,
    orderedAt: null,
    queueChange: null,
    lifecycleChange: null,
    client: null,
    traceId: null,
    snapshotTarget: null,
    preconditionRevision: null,
  },
  WorkItemEvent: {
    ...populated.WorkItemEvent,
    basis: null,
    resourceRevision: null,
    queueChange: null,
    client: null,
    traceId: null,
  },
  QueueAssignment: {
    ...populated.QueueAssignment,
    assignment: null,
    previousAssignment: null,
    assignmentVersion: null,
    lifecycleVersion: null,
  },
  AssignmentDecision: {
    ...populated.AssignmentDecision,
    revision: null,
    basis: null,
    target: null,
    version: null,
    client: null,
    holderEventId: null,
    holderVersion: null,
    emittedSequence: null,
    traceId: null,
    rawPosition: null,
  },
  AssignmentRow: {
    ...populated.AssignmentRow,
    assignment: null,
    assignmentVersion: null,
    lifecycleVersion: null,
    record: null,
    lastEmission: null,
    firstInput: null,
  },
  Positions: populated.Positions,
  Target: target,
  Version: version,
  QueueChange: { target: null },
  SourceRecord: { ...populated.AssignmentRow.record, target: null },
  WorkItemState: { ...workItem, intent: null },
  UnbasedIntent: { ...workItem.intent, target: null },
  BasisEvidence: workItem.evidence[0],
  Emission: { ...populated.AssignmentRow.lastEmission, previousAssignment: null },
  FirstInput: { conversationOffset: null, workItemOffset: null, rawOffset: null },
  SourcePosition: populated.Positions.positions[0],
  Counter: populated.Positions.counters[0],
};

/** The names of the records that have a TypeScript type. */
export type RecordName = keyof RecordTypes;
export const RECORD_NAMES = Object.keys(sparse) as readonly RecordName[];
