/** What a busy support desk sends: bodies of many conversations, and what the product must make of each. The same for the same seed. */
import { conversationKey } from "../../../schemas/types.js";
import { conversation, type JoinedEvent } from "../../oracle/build.js";
import { busyConversation } from "../../oracle/long.js";
import { kustomerBody } from "../../runtime/embedded/support/kustomer-bodies.js";
import type { Outcome } from "../../support/verifier/index.js";

export interface Sent {
  /** The header `delivery-id`. */
  readonly id: string;
  readonly source: string;
  readonly key: string | null;
  readonly body: string;
  readonly outcome: Outcome;
}

/** Of all bodies. */
const SHARES = { unreadable: 0.01, ignored: 0.02, delivered: 0.02, deletion: 0.001 } as const;
const TENANT = "t";
/** So many bodies may be delivered once more. */
const REMEMBERED = 200;
/** More than any conversation lives to see. */
const EVENTS_MAX = 1_000_000;
/** Above 1: the first conversations are busier than the last. */
const SKEW = 1.3;
const FIRST_TIME_MS = 1_700_000_000_000;

/** Bodies that cannot be read, and under which code they are put away. */
const UNREADABLE: readonly { readonly source: string; readonly body: string; readonly code: string }[] = [
  { source: "kustomer", body: `{"name":"kustomer.conversation.update","data":`, code: "INVALID_JSON" },
  { source: "kustomer", body: "", code: "EMPTY_BODY" },
  { source: "kustomer", body: `{"name":"kustomer.customer.update"}`, code: "UNSUPPORTED_EVENT" },
  { source: "unheard-of", body: "{}", code: "UNKNOWN_SOURCE" },
  {
    source: "kustomer",
    body: `{"name":"kustomer.conversation.update","id":"e","org":"${TENANT}","data":{"id":"c"}}`,
    code: "MISSING_FIELD",
  },
];
const IGNORED = `{"name":"kustomer.message.create","id":"m","org":"${TENANT}","data":{"id":"m"}}`;

export class Traffic {
  readonly #random: () => number;
  readonly #conversations: readonly Generator<JoinedEvent>[];
  readonly #recent: Sent[] = [];
  #made = 0;

  constructor(random: () => number, conversations: number) {
    this.#random = random;
    this.#conversations = Array.from({ length: conversations }, () => busyConversation(EVENTS_MAX, random));
  }

  next(): Sent {
    this.#made += 1;
    const drawn = this.#random();
    if (drawn < SHARES.unreadable) return this.#unreadable();
    if (drawn < SHARES.unreadable + SHARES.ignored) return this.#ignored();
    const again = drawn > 1 - SHARES.delivered ? this.#pick(this.#recent) : undefined;
    if (again !== undefined) return { ...again, id: this.#id() };
    return this.#remembered(this.#event());
  }

  #event(): Sent {
    const index = Math.floor(this.#random() ** SKEW * this.#conversations.length);
    const conversationId = `c${index}`;
    const joined =
      this.#random() < SHARES.deletion
        ? conversation({ eventId: `deletion-${this.#made}`, isDeletion: true })
        : (this.#conversations[index]?.next().value as JoinedEvent);
    const own = inConversation(joined, conversationId);
    const key = conversationKey("kustomer", TENANT, conversationId);
    const outcome = { kind: "joined", joined: own } as const;
    return { id: this.#id(), source: "kustomer", key, body: kustomerBody(own), outcome };
  }

  #unreadable(): Sent {
    const { source, body, code } = this.#pick(UNREADABLE) ?? { source: "", body: "", code: "UNKNOWN_SOURCE" };
    return { id: this.#id(), source, key: null, body, outcome: { kind: "dead-letter", code } };
  }

  #ignored(): Sent {
    return { id: this.#id(), source: "kustomer", key: null, body: IGNORED, outcome: { kind: "ignored" } };
  }

  #remembered(sent: Sent): Sent {
    this.#recent.push(sent);
    if (this.#recent.length > REMEMBERED) this.#recent.shift();
    return sent;
  }

  #id(): string {
    return `d${this.#made}`;
  }

  #pick<Value>(values: readonly Value[]): Value | undefined {
    return values[Math.floor(this.#random() * values.length)];
  }
}

/** One id never has two contents: not in two conversations, and not when it comes again. */
function inConversation(joined: JoinedEvent, conversationId: string): JoinedEvent {
  const eventId = `${conversationId}.${joined.event.eventId}`;
  const occurredAt = FIRST_TIME_MS + (joined.event.revision ?? 0);
  const identity = { tenant: TENANT, conversationId, eventId };
  if (joined.kind === "conversation")
    return { kind: "conversation", event: { ...joined.event, ...identity, occurredAt } };
  const workItemId = `${conversationId}.${joined.event.workItemId}`;
  return { kind: "work-item", event: { ...joined.event, ...identity, workItemId, occurredAt } };
}
