/** The JSON of a timeline, as a service sends it. A newer service may send more. */
import { z } from "zod";
import type { Timeline } from "../../runtime/queries/index.js";
import { DECISION_CLASSES } from "../../schemas/index.js";

const text = z.string();
const optionalText = text.nullable();
const number = z.number();
const optionalNumber = number.nullable();

const target = z.object({ type: z.enum(["QUEUE", "USER"]), id: text }).nullable();
const version = z
  .object({ basis: number, kind: number, workItemNumber: number, workItemRevision: number, eventId: text })
  .nullable();

const decision = z.object({
  source: text,
  tenant: text,
  conversationId: text,
  eventId: text,
  entity: z.enum(["CONVERSATION", "WORK_ITEM", "AUDIT"]),
  entityId: text,
  revision: optionalNumber,
  basis: optionalNumber,
  basisInferred: z.boolean(),
  target,
  version,
  isSync: z.boolean(),
  client: optionalText,
  reason: text,
  decisionClass: z.enum(DECISION_CLASSES),
  holderEventId: optionalText,
  holderVersion: version,
  emittedSequence: optionalNumber,
  diverged: z.boolean(),
  occurredAt: number,
  traceId: optionalText,
  ruleVersion: number,
  inputTopic: text,
  inputPartition: number,
  inputOffset: number,
  rawPosition: optionalText,
});

export const timelineSchema: z.ZodType<Timeline> = z.object({
  key: text,
  sequence: number,
  assignment: target,
  assignmentVersion: version,
  lifecycle: z.enum(["OPEN", "SNOOZED", "CLOSED", "DELETED"]),
  lifecycleVersion: version,
  record: target,
  recordedBy: z.object({ eventId: text, revision: number }).nullable(),
  diverged: z.boolean(),
  lastEmission: z
    .object({ reason: text, causeEventId: text, previousAssignment: target, decidedAt: number, emittedAt: number })
    .nullable(),
  decisions: z.array(decision),
  omittedDecisions: number,
  beginningExpired: z.boolean(),
});
