/** Where a conversation's input begins, as the ratchet keeps it in the row. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { conversationRatchet, type StreamRecord, workItemRatchet } from "../../processors/index.js";
import {
  type AssignmentRow,
  type ConversationEvent,
  conversationKey,
  type WorkItemEvent,
} from "../../schemas/index.js";
import { sparse } from "../schemas/samples.js";

const PARTITION = 3;
const SINKS = { assignments: "assignments", decisions: "decisions" };
const SETTINGS = { workItemStream: "present" } as const;

interface Arrival {
  readonly stream: "conversation" | "work-item";
  readonly offset: number;
  readonly rawPosition?: string;
  readonly event?: Partial<ConversationEvent>;
}

/** The row of one conversation, and how often it was written. */
class Conversation {
  row: AssignmentRow | undefined;
  writes = 0;
  private readonly conversation = conversationRatchet("store", SINKS, SETTINGS);
  private readonly workItem = workItemRatchet("store", SINKS, SETTINGS);

  arrive({ stream, offset, rawPosition, event }: Arrival): this {
    const record = {
      topic: `${stream}-events`,
      partition: PARTITION,
      offset,
      timestamp: 1,
      headers: rawPosition === undefined ? {} : { "raw-position": rawPosition },
    };
    const context = {
      forward: () => {},
      store: () => ({
        get: () => this.row as never,
        put: (_: unknown, row: unknown) => this.put(row as AssignmentRow),
      }),
      refuse: ({ message }: { readonly message: string }) => {
        throw new Error(message);
      },
      count: () => {},
    };
    const of = <Event extends ConversationEvent | WorkItemEvent>(value: Event): StreamRecord<Event> => ({
      ...record,
      key: conversationKey(value.source, value.tenant, value.conversationId),
      value,
    });
    // Observations: but for the first input nothing of the row changes.
    const observation = { ...sparse.ConversationEvent, isDeletion: false, isSync: false, isAudit: false, revision: 1 };
    if (stream === "conversation") this.conversation.process(of({ ...observation, ...event }), context);
    else this.workItem.process(of(sparse.WorkItemEvent), context);
    return this;
  }

  private put(row: AssignmentRow): void {
    this.row = row;
    this.writes += 1;
  }
}

const begins = (rawPosition?: string) =>
  new Conversation().arrive({ stream: "conversation", offset: 10, ...(rawPosition && { rawPosition }) });

describe("the first input of a conversation", () => {
  it("is its first record in the one topic, and nothing in the other", () => {
    expect(begins("3:70").row?.firstInput).toEqual({ conversationOffset: 10, workItemOffset: null, rawOffset: 70 });
  });

  it("is the first record of each topic, and the lowest raw offset, whatever the order of the two", () => {
    const { row } = begins("3:70")
      .arrive({ stream: "work-item", offset: 4, rawPosition: "3:69" })
      .arrive({ stream: "work-item", offset: 5, rawPosition: "3:71" })
      .arrive({ stream: "conversation", offset: 11, rawPosition: "3:72" });
    expect(row?.firstInput).toEqual({ conversationOffset: 10, workItemOffset: 4, rawOffset: 69 });
  });

  it.each([
    ["no raw position", undefined],
    ["a raw position in another partition", "4:80"],
    ["a raw position that is none", "3:eighty"],
    ["a raw position that is no safe number", "3:9999999999999999"],
  ])("names no raw offset, for good, once a record has %s", (_, rawPosition) => {
    const later = begins("3:70").arrive({ stream: "conversation", offset: 11, ...(rawPosition && { rawPosition }) });
    expect(later.row?.firstInput).toEqual({ conversationOffset: 10, workItemOffset: null, rawOffset: null });
    later.arrive({ stream: "conversation", offset: 12, rawPosition: "3:90" });
    expect(later.row?.firstInput?.rawOffset).toBeNull();
    const first = begins(rawPosition).arrive({ stream: "conversation", offset: 11, rawPosition: "3:70" });
    expect(first.row?.firstInput).toEqual({ conversationOffset: 10, workItemOffset: null, rawOffset: null });
  });

  it("stays unknown where it was not known", () => {
    const conversation = begins("3:70");
    if (conversation.row !== undefined) conversation.row = { ...conversation.row, firstInput: null };
    const event = { lifecycleChange: "CLOSED" } as const;
    conversation.arrive({ stream: "conversation", offset: 11, rawPosition: "3:71", event });
    expect(conversation.row).toMatchObject({ lifecycle: "CLOSED", firstInput: null });
  });

  it("outlives the deletion of the conversation", () => {
    const event = { isDeletion: true };
    const { row } = begins("3:70").arrive({ stream: "conversation", offset: 11, rawPosition: "3:71", event });
    expect(row).toMatchObject({ lifecycle: "DELETED", firstInput: { conversationOffset: 10, rawOffset: 70 } });
  });

  it("is one write more per topic: records that say nothing new write no row", () => {
    const conversation = begins("3:70");
    for (let offset = 11; offset < 20; offset++)
      conversation.arrive({ stream: "conversation", offset, rawPosition: `3:${offset + 60}` });
    expect(conversation.writes).toBe(1);
    conversation.arrive({ stream: "work-item", offset: 0, rawPosition: "3:75" });
    expect(conversation.writes).toBe(2);
  });

  it("is that of all records, in whatever order the two topics come", () => {
    const raw = fc.oneof(
      { weight: 8, arbitrary: fc.nat(200).map((offset) => `${PARTITION}:${offset}`) },
      { weight: 1, arbitrary: fc.constantFrom(undefined, "4:1", "") },
    );
    const arrival = fc.record({ stream: fc.constantFrom("conversation", "work-item"), raw });
    fc.assert(
      fc.property(fc.array(arrival, { minLength: 1, maxLength: 12 }), fc.nat(50), (arrivals, base) => {
        const conversation = new Conversation();
        const next = { conversation: base, "work-item": 2 * base };
        for (const { stream, raw: rawPosition } of arrivals) {
          const offset = next[stream]++;
          conversation.arrive({ stream, offset, ...(rawPosition !== undefined && { rawPosition }) });
        }
        const own = arrivals.flatMap(({ raw: text }) => (text?.startsWith("3:") ? [Number(text.slice(2))] : []));
        expect(conversation.row?.firstInput).toEqual({
          conversationOffset: arrivals.some(({ stream }) => stream === "conversation") ? base : null,
          workItemOffset: arrivals.some(({ stream }) => stream === "work-item") ? 2 * base : null,
          rawOffset: own.length === arrivals.length ? Math.min(...own) : null,
        });
      }),
    );
  });
});
