/** A small alphabet of events that together exercise every reason, for exhaustive enumeration. */
import { conversation, type JoinedEvent, TO_NOBODY, TO_Q1, TO_Q2, workItem } from "./build.js";

/**
 * Revisions are close together, so that almost every pair of events contends. The ids decide the forks: `b` beats `a`.
 * Work item 1 promotes in a chain: revision 3 is raised by revision 2, revision 5 by revisions 2 and 4.
 * Work item 2 decides from the same basis as a promoted revision 3 does.
 */
export const ALPHABET: readonly JoinedEvent[] = [
  conversation({
    eventId: "c2a",
    revision: 2,
    queueChange: TO_Q1,
    occurredAt: 90,
  }),
  conversation({
    eventId: "c2b",
    revision: 2,
    queueChange: TO_Q2,
    lifecycleChange: "SNOOZED",
    occurredAt: 10,
  }),
  conversation({
    eventId: "c3-echo",
    revision: 3,
    queueChange: TO_Q2,
    isSync: true,
    occurredAt: 80,
  }),
  conversation({
    eventId: "c4",
    revision: 4,
    queueChange: TO_Q1,
    lifecycleChange: "CLOSED",
    occurredAt: 20,
  }),
  conversation({
    eventId: "c5-echo",
    revision: 5,
    queueChange: TO_Q1,
    lifecycleChange: "SNOOZED",
    isSync: true,
    occurredAt: 70,
  }),
  conversation({
    eventId: "c6-tags",
    revision: 6,
    snapshotTarget: TO_Q1.target,
    occurredAt: 30,
  }),
  conversation({
    eventId: "delete-a",
    isDeletion: true,
    lifecycleChange: "DELETED",
    occurredAt: 60,
  }),
  conversation({
    eventId: "delete-b",
    revision: 1,
    isDeletion: true,
    occurredAt: 61,
  }),
  workItem({
    eventId: "w1",
    revision: 1,
    basis: 1,
    resourceRevision: 1,
    queueChange: TO_Q2,
    occurredAt: 40,
  }),
  workItem({
    eventId: "w2-echo",
    revision: 2,
    basis: 4,
    queueChange: TO_NOBODY,
    isSync: true,
    occurredAt: 41,
  }),
  workItem({ eventId: "w3", revision: 3, queueChange: TO_Q2, occurredAt: 42 }),
  workItem({
    eventId: "w4-completed",
    revision: 4,
    basis: 5,
    queueChange: TO_NOBODY,
    completed: true,
    occurredAt: 43,
  }),
  workItem({
    eventId: "w5a",
    revision: 5,
    queueChange: TO_NOBODY,
    occurredAt: 44,
  }),
  workItem({ eventId: "w5b", revision: 5, queueChange: TO_Q1, occurredAt: 45 }),
  workItem({
    eventId: "x1",
    workItemNumber: 2,
    revision: 1,
    basis: 4,
    queueChange: TO_NOBODY,
    occurredAt: 46,
  }),
];

/** Two items of a source without revisions within one millisecond and around it, and a deletion. */
export const BELCO_ALPHABET: readonly JoinedEvent[] = [
  conversation({
    eventId: "a",
    orderedAt: 5,
    queueChange: TO_Q1,
    lifecycleChange: "CLOSED",
  }),
  conversation({
    eventId: "b",
    orderedAt: 5,
    queueChange: TO_Q2,
    lifecycleChange: "OPEN",
  }),
  conversation({ eventId: "c", orderedAt: 4, queueChange: TO_NOBODY }),
  conversation({ eventId: "d", orderedAt: 6, queueChange: TO_Q2 }),
  conversation({ eventId: "e", orderedAt: 6, lifecycleChange: "CLOSED" }),
  conversation({ eventId: "f", orderedAt: 7 }),
  conversation({ eventId: "g", orderedAt: 1, isDeletion: true }),
];
