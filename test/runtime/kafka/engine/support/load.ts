/** A load of random histories, and whether everything that follows from it is there, once, and right. */
import fc from "fast-check";
import { expect } from "vitest";
import { type ConsumedRecord, encodeText, type ProducedRecord } from "../../../../../runtime/task/index.js";
import {
  type AssignmentDecision,
  assignmentRowCodec,
  conversationKey,
  type QueueAssignment,
} from "../../../../../schemas/index.js";
import { kustomerHistories } from "../../../../oracle/histories.js";
import { evaluate, type JoinedEvent } from "../../../../oracle/oracle.js";
import { randomNumbers } from "../../../../oracle/settings.js";
import { plain, resultOf } from "../../../../processors/rule/subject.js";
import { kustomerBody } from "../../../embedded/support/kustomer-bodies.js";
import type { Application, ProductEngine } from "./application.js";

const RULE = { workItemStream: "present" } as const;
const TOPIC_OF = { conversation: "conversationEvents", "work-item": "workItemEvents" } as const;

/** Which promise is looked for. */
export interface Expectation {
  /** Also where events may have been decided, and emitted, again. */
  readonly atLeastOnce?: boolean;
}

export class Load {
  private constructor(
    /** By conversation key. */
    readonly arrivals: ReadonlyMap<string, readonly JoinedEvent[]>,
    /** Of all conversations, shuffled; of each in its order. */
    readonly events: readonly JoinedEvent[],
  ) {}

  /** Webhooks only: audits have lines of another form. @param prefix of the conversations' ids */
  static random(seed: number, conversations: number, prefix = "c"): Load {
    const random = randomNumbers(seed);
    const arrivals = new Map<string, readonly JoinedEvent[]>();
    const mixed: { readonly at: number; readonly joined: JoinedEvent }[] = [];
    fc.sample(kustomerHistories, { seed, numRuns: conversations }).forEach(({ rearranged }, index) => {
      const conversationId = `${prefix}${index}`;
      const own = rearranged
        .filter((joined) => joined.kind === "work-item" || !joined.event.isAudit)
        .map((joined) => ({ ...joined, event: { ...joined.event, conversationId } }) as JoinedEvent);
      if (own.length === 0) return;
      arrivals.set(conversationKey("kustomer", "t", conversationId), own);
      const times = own.map(() => random()).toSorted((left, right) => left - right);
      for (const [event, joined] of own.entries()) mixed.push({ at: times[event] ?? 0, joined });
    });
    mixed.sort((left, right) => left.at - right.at);
    return new Load(
      arrivals,
      mixed.map(({ joined }) => joined),
    );
  }

  /** Both, of different conversations. */
  and(other: Load): Load {
    return new Load(new Map([...this.arrivals, ...other.arrivals]), [...this.events, ...other.events]);
  }

  /** As webhooks' bodies, a line each. */
  lines(): string[] {
    return this.events.map(kustomerBody);
  }

  /** As records of the joined topics. */
  records(engine: ProductEngine, { topics }: Application): ProducedRecord[] {
    return this.events.map(({ kind, event }, index) => {
      const topic = topics[TOPIC_OF[kind]];
      const key = encodeText(conversationKey(event.source, event.tenant, event.conversationId));
      const value = Uint8Array.from(engine.codec(topic).encode(event as never));
      return { topic, timestamp: 1_000 + index, key, value, headers: [] };
    });
  }

  /** As raw events. */
  rawRecords({ topics }: Application): ProducedRecord[] {
    return this.events.map((joined, index) => ({
      topic: topics.rawEvents,
      timestamp: 1_000 + index,
      key: encodeText(conversationKey(joined.event.source, joined.event.tenant, joined.event.conversationId)),
      value: encodeText(kustomerBody(joined)),
      headers: [{ key: "source", value: encodeText("kustomer") }],
    }));
  }

  /** Of all that an application at rest has written. */
  expectWhole(
    records: readonly ConsumedRecord[],
    application: Application,
    engine: ProductEngine,
    { atLeastOnce = false }: Expectation = {},
  ): void {
    const { topics } = application;
    const of = (topic: string) => records.filter((record) => record.topic === topic);
    const joined = [...of(topics.conversationEvents), ...of(topics.workItemEvents)];
    const decisions = of(topics.decisions).map(({ topic, value }) =>
      engine.codec(topic).decodeAs("AssignmentDecision", value ?? new Uint8Array()),
    );
    expectDecided(joined, decisions, atLeastOnce);
    if (!atLeastOnce) expectSequences(decisions);
    const assignments = of(topics.queueAssignments).map(({ topic, value }) =>
      engine.codec(topic).decodeAs("QueueAssignment", value ?? new Uint8Array()),
    );
    expect(of(topics.deadLetters)).toEqual([]);
    this.expectRows(of(topics.changelog));
    this.expectFinal(assignments, decisions);
  }

  /** The last row of each conversation in the changelog says what the oracle says. */
  private expectRows(changelog: readonly ConsumedRecord[]): void {
    const rows = new Map<string, unknown>();
    for (const { key, value } of changelog) {
      const text = Buffer.from(key ?? []).toString();
      if (text !== "positions") rows.set(text, resultOf(assignmentRowCodec.decode(value ?? new Uint8Array())));
    }
    const expected = [...this.arrivals].map(([key, own]) => [key, evaluate(own, RULE)] as const);
    expect(rows).toEqual(new Map(expected));
  }

  /** The last record of each conversation is what it came to. Those before it the broker may have compacted away. */
  private expectFinal(assignments: readonly QueueAssignment[], decisions: readonly AssignmentDecision[]): void {
    const last = new Map(assignments.map((one) => [one.conversationId, one]));
    const emitting = decisions.filter(({ emittedSequence }) => emittedSequence !== null);
    const sequences = new Map(emitting.map(({ conversationId, emittedSequence }) => [conversationId, emittedSequence]));
    expect(new Map([...last].map(([id, { sequence }]) => [id, sequence]))).toEqual(sequences);
    for (const own of this.arrivals.values()) {
      const { conversationId } = own[0]?.event ?? { conversationId: "" };
      const { assignment, lifecycle, assignmentVersion } = evaluate(own, RULE);
      const emitted = last.get(conversationId);
      // A conversation that nothing was decided about has no record.
      if (emitted === undefined) expect([assignmentVersion, lifecycle]).toEqual([null, "OPEN"]);
      else expect(plain([emitted.assignment, emitted.lifecycle])).toEqual(plain([assignment, lifecycle]));
    }
  }
}

function expectDecided(
  joined: readonly ConsumedRecord[],
  decisions: readonly AssignmentDecision[],
  again: boolean,
): void {
  const events = joined.map(({ topic, partition, offset }) => `${topic}:${partition}:${offset}`);
  const decided = decisions.map(
    ({ inputTopic, inputPartition, inputOffset }) => `${inputTopic}:${inputPartition}:${inputOffset}`,
  );
  expect(new Set(decided)).toEqual(new Set(events));
  if (!again) expect(decided).toHaveLength(events.length);
}

/** 1, 2, 3 … per conversation, in the order in which they were decided. */
function expectSequences(decisions: readonly AssignmentDecision[]): void {
  const last = new Map<string, number>();
  for (const { conversationId, emittedSequence } of decisions) {
    if (emittedSequence === null) continue;
    expect([conversationId, emittedSequence]).toEqual([conversationId, (last.get(conversationId) ?? 0) + 1]);
    last.set(conversationId, emittedSequence);
  }
}
