/** The founding incident (section 6) as events of the two joined streams, in the order things happened. */
import type { ConversationEvent, Target, WorkItemEvent } from "../../schemas/types.js";
import { conversation, type JoinedEvent, workItem } from "./build.js";

export const INCIDENT_Q1: Target = {
  type: "QUEUE",
  id: "5d9fbc698d1a94001a7b9950",
};
export const INCIDENT_Q2: Target = {
  type: "QUEUE",
  id: "5fa2a5a910e1be0019cda332",
};

const KEY = {
  source: "kustomer",
  tenant: "5d2f98fec7a28e001a2cfe04",
  conversationId: "621e7d0534b1800f59590a62",
};
const ROUTING_WORKER = "routing-worker";

export function incidentConversation(
  fields: Pick<ConversationEvent, "eventId" | "revision"> & Partial<ConversationEvent>,
): JoinedEvent {
  return conversation({ ...KEY, ...fields });
}

export function incidentWorkItem(
  fields: Pick<WorkItemEvent, "eventId" | "revision"> & Partial<WorkItemEvent>,
): JoinedEvent {
  return workItem({
    ...KEY,
    workItemId: "621e7d095e6129b4f6e94279",
    resourceRevision: 11,
    client: ROUTING_WORKER,
    ...fields,
  });
}

export const W1 = incidentWorkItem({
  eventId: "621e7d095e6129d01de9427f",
  revision: 1,
  basis: 11,
  queueChange: { target: INCIDENT_Q2 },
  occurredAt: Date.parse("2022-03-01T20:07:37.299Z"),
  traceId: "4319893758044166862",
});
export const C52 = incidentConversation({
  eventId: "621e7eaab939617c0a16f1b1",
  revision: 52,
  client: "workflow",
  occurredAt: Date.parse("2022-03-01T20:14:34.334Z"),
  traceId: "290507238907372356",
  snapshotTarget: INCIDENT_Q2,
});
export const C53 = incidentConversation({
  eventId: "621e7eaa3aeced3fea5533c3",
  revision: 53,
  queueChange: { target: null },
  client: "api",
  occurredAt: Date.parse("2022-03-01T20:14:34.508Z"),
  traceId: "290507238907372356",
});
export const W2 = incidentWorkItem({
  eventId: "621e7eaac3528652bbd39a4e",
  revision: 2,
  basis: 53,
  queueChange: { target: null },
  isSync: true,
  occurredAt: Date.parse("2022-03-01T20:14:34.682Z"),
  traceId: "8059392250223692720",
});
export const C54 = incidentConversation({
  eventId: "621e7eabc926cb400ab976ad",
  revision: 54,
  queueChange: { target: INCIDENT_Q1 },
  client: ROUTING_WORKER,
  occurredAt: Date.parse("2022-03-01T20:14:35.061Z"),
  traceId: "1589828326055696018",
  snapshotTarget: INCIDENT_Q1,
});
export const W3 = incidentWorkItem({
  eventId: "621e7eab441b2f235b80b713",
  revision: 3,
  basis: 53,
  queueChange: { target: INCIDENT_Q1 },
  occurredAt: Date.parse("2022-03-01T20:14:35.193Z"),
  traceId: "1589828326055696018",
});
export const C55 = incidentConversation({
  eventId: "621e7eab47086473294aba2a",
  revision: 55,
  client: "workflow",
  occurredAt: Date.parse("2022-03-01T20:14:35.220Z"),
  traceId: "6593492765195455528",
  snapshotTarget: INCIDENT_Q1,
});
export const C56 = incidentConversation({
  eventId: "621e7eabac798a52fca786f8",
  revision: 56,
  client: "workflow",
  occurredAt: Date.parse("2022-03-01T20:14:35.333Z"),
  traceId: "6593492765195455528",
  snapshotTarget: INCIDENT_Q1,
});
export const C57 = incidentConversation({
  eventId: "621e7eabafeaf22834482361",
  revision: 57,
  persisted: false,
  client: "drafts",
  occurredAt: Date.parse("2022-03-01T20:14:35.463Z"),
  traceId: "2744545437572305922",
  snapshotTarget: INCIDENT_Q1,
});
export const C58 = incidentConversation({
  eventId: "621e7eab08413f62a436079f",
  revision: 58,
  queueChange: { target: INCIDENT_Q2 },
  client: "workflow",
  occurredAt: Date.parse("2022-03-01T20:14:35.507Z"),
  traceId: "6593492765195455528",
  snapshotTarget: INCIDENT_Q2,
});
export const C59 = incidentConversation({
  eventId: "621e7eabd5b22f59dabcb2a0",
  revision: 59,
  client: "workflow",
  occurredAt: Date.parse("2022-03-01T20:14:35.868Z"),
  traceId: "6593492765195455528",
  snapshotTarget: INCIDENT_Q2,
});
export const C60 = incidentConversation({
  eventId: "621e7eac5746ae3762045ca7",
  revision: 60,
  queueChange: { target: INCIDENT_Q1 },
  isSync: true,
  client: ROUTING_WORKER,
  occurredAt: Date.parse("2022-03-01T20:14:36.210Z"),
  traceId: "5975515570340052903",
  snapshotTarget: INCIDENT_Q1,
});
export const AUDIT = incidentConversation({
  eventId: "audit:621e7d0534b1800f59590a62:5975515570340052903",
  revision: null,
  isAudit: true,
  client: ROUTING_WORKER,
  occurredAt: Date.parse("2022-03-01T20:14:36.295Z"),
  traceId: "5975515570340052903",
  snapshotTarget: INCIDENT_Q1,
  preconditionRevision: 59,
});

/** All thirteen, in the order of section 6. */
export const INCIDENT: readonly JoinedEvent[] = [W1, C52, C53, W2, C54, W3, C55, C56, C57, C58, C59, C60, AUDIT];
