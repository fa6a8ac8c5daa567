/** The rules of section 7 that look right and are wrong: each a small step over the order of arrival. */
import type { Target } from "../../schemas/types.js";
import type { JoinedEvent } from "./build.js";

/** Who holds the conversation after these arrivals, by a wrong rule. */
export type WrongRule = (arrivals: readonly JoinedEvent[]) => Target | null;

interface Held {
  readonly target: Target | null;
  /** The newest revision or time this rule has accepted or seen. */
  readonly newest: number;
}

const NOTHING: Held = { target: null, newest: -1 };

function rule<State extends { readonly target: Target | null }>(
  start: State,
  step: (state: State, joined: JoinedEvent) => State,
): WrongRule {
  return (arrivals) => arrivals.reduce(step, start).target;
}

/** Takes the target of any queue change, echo or not, that is not older by `order`. */
function newestWins(order: (joined: JoinedEvent) => number | null): WrongRule {
  return rule(NOTHING, (held, joined) => {
    const newest = order(joined);
    if (joined.event.queueChange === null || newest === null || newest < held.newest) return held;
    return { target: joined.event.queueChange.target, newest };
  });
}

/** The number that this event's own entity counts by; for a work item the conversation revision it knew. */
function revisionOrBasis(joined: JoinedEvent): number | null {
  if (joined.kind === "conversation") return joined.event.revision;
  return joined.event.basis ?? joined.event.resourceRevision;
}

/** The target of an intent; `undefined` for everything that decides nothing. */
function decidedTarget({ event }: JoinedEvent): Target | null | undefined {
  return event.isSync ? undefined : event.queueChange?.target;
}

/** *Highest revision wins*: the counter beside the queue change, whatever entity it counts. */
export const highestRevisionWins = newestWins((joined) => joined.event.revision);

/** *Latest published time wins*. */
export const latestTimeWins = newestWins((joined) => joined.event.occurredAt);

/** *A later snapshot shows the truth*: echoes are ignored, but any other conversation event is believed. */
export const laterSnapshotShowsTruth = rule(NOTHING, (held, joined) => {
  const newest = revisionOrBasis(joined) ?? -1;
  if (joined.event.isSync || newest < held.newest) return held;
  if (joined.kind === "conversation") return { target: joined.event.snapshotTarget, newest };
  const target = decidedTarget(joined);
  return target === undefined ? held : { target, newest };
});

/** *Drop a work-item decision whose basis is below the current conversation revision*, whatever that one changed. */
export const dropBelowCurrentRevision = rule(NOTHING, (held, joined) => {
  const target = decidedTarget(joined);
  const at = revisionOrBasis(joined) ?? -1;
  if (at < held.newest) return held;
  const newest = joined.kind === "conversation" ? at : held.newest;
  return { target: target === undefined ? held.target : target, newest };
});

/** *Count echoes as newer*: an echo gives no target, but its revision is the one to beat. */
export const countEchoesAsNewer = rule(NOTHING, (held, joined) => {
  const newest = revisionOrBasis(joined) ?? -1;
  if (joined.event.queueChange === null || newest < held.newest) return held;
  const target = decidedTarget(joined);
  return { target: target === undefined ? held.target : target, newest };
});

/** *Compare queues* (ABA): a work-item decision is fresh when the queue it was made from is the queue of now. */
export const compareQueues = rule(
  {
    ...NOTHING,
    decided: [] as readonly {
      readonly revision: number;
      readonly target: Target | null;
    }[],
  },
  (held, joined) => {
    const target = decidedTarget(joined);
    const at = revisionOrBasis(joined);
    if (target === undefined || at === null) return held;
    if (joined.kind === "work-item") {
      const madeFrom = held.decided.findLast((decision) => decision.revision <= at)?.target ?? null;
      return madeFrom?.id === held.target?.id ? { ...held, target } : held;
    }
    if (at < held.newest) return held;
    return {
      target,
      newest: at,
      decided: [...held.decided, { revision: at, target }],
    };
  },
);

/** *Use compare-and-set on the record*: a write is good when its precondition is the record's revision of now. */
export const compareAndSetOnRecord = rule(NOTHING, (held, joined) => {
  if (joined.kind !== "conversation" || joined.event.revision === null) return held;
  const newest = joined.event.revision;
  if (joined.event.queueChange === null) return { ...held, newest: Math.max(held.newest, newest) };
  const precondition = newest - 1;
  return precondition < held.newest ? held : { target: joined.event.queueChange.target, newest };
});
