/** Random conversations, what the product writes about them in any order of their events, and what the oracle says they come to. */
import fc from "fast-check";
import { type AssignmentRow, decideConversation, decideWorkItem, type QueueAssignment } from "../../../../index.js";
import { queueAssignment } from "../../../../processors/index.js";
import type { JoinedEvent } from "../../../oracle/build.js";
import { longHistories } from "../../../oracle/histories.js";
import { evaluate } from "../../../oracle/oracle.js";
import type { Effect } from "./table-file.js";

export interface Run {
  readonly records: readonly QueueAssignment[];
  /** What `republish` would write: the last word on each conversation. */
  readonly current: readonly QueueAssignment[];
}

const OPTIONS = { workItemStream: "present" } as const;

export class Traffic {
  readonly #conversations: ReadonlyMap<string, readonly JoinedEvent[]>;

  constructor(seed: number, conversations: number) {
    const histories = fc.sample(longHistories, { seed, numRuns: conversations });
    this.#conversations = new Map(
      histories.map(({ arrivals }, index) => [`c${index}`, arrivals.map((joined) => named(joined, `c${index}`))]),
    );
  }

  /** By the oracle, which knows no order: what the table must say in the end. */
  expected(): Map<string, Effect> {
    return new Map(
      [...this.#conversations].map(([id, events]) => {
        const { assignment, assignmentVersion, lifecycle } = evaluate(events, OPTIONS);
        const holder = assignmentVersion === null ? "unknown" : (assignment?.id ?? "nobody");
        return [`kustomer:t:${id}`, { holder, lifecycle }];
      }),
    );
  }

  /** As they arrived, conversations interleaved. */
  live(random: () => number): Run {
    return this.#run(interleaved([...this.#conversations.values()], random));
  }

  /** Every event once more, in an order of its own, as a replay whose input was rearranged would take them. */
  replay(random: () => number): Run {
    return this.#run(
      interleaved(
        [...this.#conversations.values()].map((events) => shuffled(events, random)),
        random,
      ),
    );
  }

  #run(events: readonly JoinedEvent[]): Run {
    const rows = new Map<string, AssignmentRow>();
    const records: QueueAssignment[] = [];
    for (const [index, joined] of events.entries()) {
      const { conversationId } = joined.event;
      const row = rows.get(conversationId);
      const context = { ...OPTIONS, timestamp: 1_000 * (index + 1) };
      const decided =
        joined.kind === "conversation"
          ? decideConversation(row, joined.event, context)
          : decideWorkItem(row, joined.event, context);
      rows.set(conversationId, decided.row);
      if (decided.assignment !== null) records.push(decided.assignment);
    }
    const current = [...rows].flatMap(
      ([conversationId, row]) => queueAssignment(row, { source: "kustomer", tenant: "t", conversationId }) ?? [],
    );
    return { records, current };
  }
}

/** Each of them in its order. */
export function interleaved<One>(lists: readonly (readonly One[])[], random: () => number): One[] {
  const left = lists.map((list) => [...list].reverse()).filter(({ length }) => length > 0);
  const all: One[] = [];
  while (left.length > 0) {
    const at = Math.floor(random() * left.length);
    const next = left[at]?.pop();
    if (next !== undefined) all.push(next);
    if (left[at]?.length === 0) left.splice(at, 1);
  }
  return all;
}

function shuffled<One>(list: readonly One[], random: () => number): One[] {
  return list
    .map((one) => ({ one, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ one }) => one);
}

function named(joined: JoinedEvent, conversationId: string): JoinedEvent {
  return joined.kind === "conversation"
    ? { kind: joined.kind, event: { ...joined.event, conversationId } }
    : { kind: joined.kind, event: { ...joined.event, conversationId } };
}
