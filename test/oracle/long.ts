/** Long histories of one conversation, a piece at a time, and the rule's definition computed for them in one pass. */
import type { ConversationEvent, QueueChange, Target, Version, WorkItemEvent } from "../../schemas/types.js";
import { conversation, type JoinedEvent, TO_NOBODY, TO_Q1, TO_Q2, TO_Q3, workItem } from "./build.js";
import { type Claim, compareVersions, intentOf, type RuleOptions } from "./definitions.js";

const WORK_ITEMS = 3;
const REORDERED_WITHIN = 24;
const CHANGES: readonly QueueChange[] = [TO_Q1, TO_Q2, TO_Q3, TO_NOBODY];

/**
 * `count` arrivals of a busy conversation with three work items: revisions rise, both streams carry intents, echoes,
 * observations and statuses, and events arrive out of order and repeatedly within a small window.
 */
export function* busyConversation(count: number, random: () => number): Generator<JoinedEvent> {
  const waiting: JoinedEvent[] = [];
  const workItemRevisions = Array.from({ length: WORK_ITEMS }, () => 0);
  let revision = 0;
  for (let made = 0; made < count; made += 1) {
    const repeated = random() < 0.05 ? pick(waiting, random) : undefined;
    if (repeated !== undefined) {
      waiting.push(repeated);
    } else if (random() < 0.5) {
      if (random() < 0.97) revision += 1;
      waiting.push(conversation({ eventId: eventIdOf(made, random), revision, ...conversationChange(random) }));
    } else {
      const index = Math.floor(random() * WORK_ITEMS);
      const workItemRevision = (workItemRevisions[index] ?? 0) + (random() < 0.97 ? 1 : 0);
      workItemRevisions[index] = workItemRevision;
      const basis = random() < 0.5 ? Math.max(0, revision - Math.floor(random() * 4)) : null;
      const identity = { eventId: eventIdOf(made, random), workItemNumber: index + 1, revision: workItemRevision };
      waiting.push(workItem({ ...identity, basis, ...workItemChange(random) }));
    }
    if (waiting.length >= REORDERED_WITHIN) yield* takeOne(waiting, random);
  }
  while (waiting.length > 0) yield* takeOne(waiting, random);
}

/** Observations of `WORK_ITEMS` work items whose explicit bases rise, and not one conversation event. */
export function* evidenceAhead(count: number, random: () => number): Generator<JoinedEvent> {
  const workItemRevisions = Array.from({ length: WORK_ITEMS }, () => 0);
  let basis = 0;
  for (let made = 0; made < count; made += 1) {
    const index = Math.floor(random() * WORK_ITEMS);
    const revision = (workItemRevisions[index] ?? 0) + 2;
    workItemRevisions[index] = revision;
    basis += 1 + Math.floor(random() * 3);
    yield workItem({ eventId: `o${made}`, workItemNumber: index + 1, revision, basis });
  }
}

function conversationChange(random: () => number): Partial<ConversationEvent> {
  const drawn = random();
  const queueChange = pick(CHANGES, random) ?? TO_NOBODY;
  if (drawn < 0.2) return { queueChange };
  if (drawn < 0.35) return { queueChange, isSync: true };
  if (drawn < 0.4) return { queueChange, persisted: false };
  if (drawn < 0.45) return { lifecycleChange: "CLOSED" };
  return drawn < 0.5 ? { lifecycleChange: "OPEN" } : {};
}

function workItemChange(random: () => number): Partial<WorkItemEvent> {
  const drawn = random();
  const queueChange = pick(CHANGES, random) ?? TO_NOBODY;
  if (drawn < 0.4) return { queueChange };
  if (drawn < 0.6) return { queueChange, isSync: true };
  return drawn < 0.65 ? { queueChange: TO_NOBODY, completed: true } : {};
}

function* takeOne(waiting: JoinedEvent[], random: () => number): Generator<JoinedEvent> {
  yield* waiting.splice(Math.floor(random() * waiting.length), 1);
}

function pick<Value>(values: readonly Value[], random: () => number): Value | undefined {
  return values[Math.floor(random() * values.length)];
}

function eventIdOf(made: number, random: () => number): string {
  return `${Math.floor(random() * 10)}-${made}`;
}

/** An intent whose basis is inherited. */
interface Inheriting {
  readonly event: WorkItemEvent;
  readonly intent: Claim<Target | null>;
}

/** The assignment of a set of events by the definition of section 3; of histories without deletions. */
export class LongOracle {
  private greatest: Claim<Target | null> | null = null;
  private readonly inheriting: Inheriting[] = [];
  private readonly evidence = new Map<number, { readonly revision: number; readonly basis: number }[]>();
  private readonly resourceRevisions = new Map<number, number>();
  /** For each work item the largest basis below a revision; built when it is asked for. */
  private basisBelow: ReadonlyMap<number, (revision: number) => number> | null = null;

  constructor(private readonly options: RuleOptions) {}

  add(joined: JoinedEvent): void {
    const intent = intentOf(joined, [], this.options);
    const inherits = joined.kind === "work-item" && joined.event.basis === null;
    if (intent !== null && !inherits) this.greatest = greater(this.greatest, intent);
    if (joined.kind === "conversation") return;
    const { event } = joined;
    const { workItemNumber, revision, basis, resourceRevision } = event;
    if (intent !== null && inherits) this.inheriting.push({ event, intent });
    if (basis !== null) {
      const known = this.evidence.get(workItemNumber) ?? [];
      this.evidence.set(workItemNumber, known);
      known.push({ revision, basis });
      this.basisBelow = null;
    }
    const largest = Math.max(resourceRevision ?? 0, this.resourceRevisions.get(workItemNumber) ?? 0);
    this.resourceRevisions.set(workItemNumber, largest);
  }

  /** The greatest intent of all added events; `null` when there was none. */
  holder(): Claim<Target | null> | null {
    let best = this.greatest;
    for (const claim of this.inherited()) best = greater(best, claim);
    return best;
  }

  /** The key of an added intent whose basis is inherited; `undefined` for any other event. */
  inheritedKey(eventId: string): Version | undefined {
    for (const { key } of this.inherited()) if (key.eventId === eventId) return key;
    return undefined;
  }

  private *inherited(): Generator<Claim<Target | null>> {
    this.basisBelow ??= new Map([...this.evidence].map(([number, known]) => [number, largestBelow(known)]));
    for (const { event, intent } of this.inheriting) {
      const below = this.basisBelow.get(event.workItemNumber)?.(event.revision) ?? 0;
      const basis = Math.max(below, this.resourceRevisions.get(event.workItemNumber) ?? 0);
      yield { value: intent.value, key: { ...intent.key, basis } };
    }
  }
}

/** For any revision, the largest basis at a lower one. */
function largestBelow(known: readonly { readonly revision: number; readonly basis: number }[]) {
  const sorted = known.toSorted((left, right) => left.revision - right.revision);
  const largest: number[] = [];
  for (const [index, { basis }] of sorted.entries()) largest.push(Math.max(basis, largest[index - 1] ?? 0));
  return (revision: number): number => {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((sorted[middle]?.revision ?? 0) < revision) low = middle + 1;
      else high = middle;
    }
    return largest[low - 1] ?? 0;
  };
}

function greater(left: Claim<Target | null> | null, right: Claim<Target | null>): Claim<Target | null> {
  return left === null || compareVersions(left.key, right.key) < 0 ? right : left;
}
