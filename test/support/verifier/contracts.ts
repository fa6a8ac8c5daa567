/** The contracts as the verifier expects them from the independent reader: written out again, so that a changed one is noticed. */
import { z } from "zod";
import type {
  AssignmentDecision,
  AssignmentRow,
  ConversationEvent,
  Positions,
  QueueAssignment,
  WorkItemEvent,
} from "../../../schemas/types.js";

const target = z.object({ type: z.enum(["QUEUE", "USER"]), id: z.string() }).nullable();
const version = z
  .object({
    basis: z.number(),
    kind: z.number(),
    workItemNumber: z.number(),
    workItemRevision: z.number(),
    eventId: z.string(),
  })
  .nullable();
const lifecycle = z.enum(["OPEN", "SNOOZED", "CLOSED", "DELETED"]);
const queueChange = z.object({ target }).nullable();
const identity = { source: z.string(), tenant: z.string(), conversationId: z.string() };
const number = z.number();
const optionalNumber = z.number().nullable();
const optionalText = z.string().nullable();

export const CONVERSATION_EVENT: z.ZodType<ConversationEvent> = z.strictObject({
  ...identity,
  eventId: z.string(),
  revision: optionalNumber,
  orderedAt: optionalNumber,
  queueChange,
  lifecycleChange: lifecycle.nullable(),
  isSync: z.boolean(),
  isDeletion: z.boolean(),
  persisted: z.boolean(),
  isAudit: z.boolean(),
  client: optionalText,
  occurredAt: number,
  traceId: optionalText,
  snapshotTarget: target,
  preconditionRevision: optionalNumber,
});

export const WORK_ITEM_EVENT: z.ZodType<WorkItemEvent> = z.strictObject({
  ...identity,
  eventId: z.string(),
  workItemId: z.string(),
  workItemNumber: number,
  revision: number,
  basis: optionalNumber,
  resourceRevision: optionalNumber,
  queueChange,
  completed: z.boolean(),
  isSync: z.boolean(),
  client: optionalText,
  occurredAt: number,
  traceId: optionalText,
});

export const QUEUE_ASSIGNMENT: z.ZodType<QueueAssignment> = z.strictObject({
  ...identity,
  sequence: number,
  assignment: target,
  previousAssignment: target,
  lifecycle,
  assignmentVersion: version,
  lifecycleVersion: version,
  causeEventId: z.string(),
  reason: z.string(),
  decidedAt: number,
  emittedAt: number,
});

export const ASSIGNMENT_DECISION: z.ZodType<AssignmentDecision> = z.strictObject({
  ...identity,
  eventId: z.string(),
  entity: z.enum(["CONVERSATION", "WORK_ITEM", "AUDIT"]),
  entityId: z.string(),
  revision: optionalNumber,
  basis: optionalNumber,
  basisInferred: z.boolean(),
  target,
  version,
  isSync: z.boolean(),
  client: optionalText,
  reason: z.string(),
  decisionClass: z.enum(["emitted", "kept", "echo", "stale", "duplicate"]),
  holderEventId: optionalText,
  holderVersion: version,
  emittedSequence: optionalNumber,
  diverged: z.boolean(),
  occurredAt: number,
  traceId: optionalText,
  ruleVersion: number,
  inputTopic: z.string(),
  inputPartition: number,
  inputOffset: number,
  rawPosition: optionalText,
});

const evidence = z.strictObject({ revision: number, basis: number });
const intent = z.strictObject({ revision: number, target, eventId: z.string(), decidedAt: number });
const workItem = z.strictObject({
  workItemNumber: number,
  resourceRevision: number,
  intent: intent.nullable(),
  basisBelow: number,
  evidence: z.array(evidence),
});
const emission = z.strictObject({
  reason: z.string(),
  causeEventId: z.string(),
  previousAssignment: target,
  decidedAt: number,
  emittedAt: number,
});
const firstInput = z.strictObject({
  conversationOffset: optionalNumber,
  workItemOffset: optionalNumber,
  rawOffset: optionalNumber,
});

export const ASSIGNMENT_ROW: z.ZodType<AssignmentRow> = z.strictObject({
  sequence: number,
  assignment: target,
  assignmentVersion: version,
  lifecycle,
  lifecycleVersion: version,
  record: z.strictObject({ target, revision: number, eventId: z.string() }).nullable(),
  workItems: z.array(workItem),
  lastEmission: emission.nullable(),
  firstInput: firstInput.nullable(),
});

export const POSITIONS: z.ZodType<Positions> = z.strictObject({
  checkpoint: number,
  positions: z.array(z.strictObject({ topic: z.string(), partition: number, offset: number })),
  counters: z.array(z.strictObject({ name: z.string(), count: number })),
});
