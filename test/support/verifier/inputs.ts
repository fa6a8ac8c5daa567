/** I1: raw events, from the load's own books over the raw topic to what has become of each. */
import { isDeepStrictEqual } from "node:util";
import type { DeadLetter } from "./dead-letters.js";
import type { Delivery } from "./deliveries.js";
import { type JoinedRecord, keyOf, nameOf } from "./partition.js";
import type { Digested } from "./records.js";
import type { topicsOf } from "./topics.js";
import type { Findings } from "./violations.js";

interface RawEvent {
  readonly record: Digested;
  readonly delivery: Delivery;
  answers: number;
}

export class Inputs {
  /** By `partition:offset`. */
  readonly #raw = new Map<string, RawEvent>();
  readonly #delivered = new Map<string, string>();

  constructor(
    private readonly findings: Findings,
    private readonly topics: ReturnType<typeof topicsOf>,
    private readonly deliveries: ReadonlyMap<string, Delivery>,
  ) {}

  /** The records of a partition of the raw topic. */
  add(partition: number, records: readonly Digested[]): void {
    for (const record of records) {
      const position = `${partition}:${record.offset}`;
      const delivery = this.deliveries.get(record.headers["delivery-id"] ?? "");
      if (delivery === undefined) {
        this.#violation(`${this.topics.raw}:${position}`, "nobody has written this", undefined, record.headers);
        continue;
      }
      this.#raw.set(position, { record, delivery, answers: 0 });
      this.#delivered.set(delivery.id, position);
    }
    this.findings.checked("raw events", records.length);
  }

  /** A record of a joined topic. One that cannot be decoded does not come from the product. */
  joined({ place, timestamp, key, headers, joined }: JoinedRecord): void {
    if (joined === null) return;
    const raw = this.#answered(nameOf(place), headers["raw-position"] ?? null);
    if (raw === null) return;
    const { outcome } = raw.delivery;
    const expected = {
      event: outcome.kind === "joined" ? outcome.joined.event : outcome,
      topic: outcome.kind === "joined" ? this.#topicOf(outcome.joined.kind) : null,
      key: outcome.kind === "joined" ? keyOf(outcome.joined) : null,
      timestamp: raw.record.timestamp,
      receivedAt: raw.record.headers["received-at"] ?? String(raw.record.timestamp),
    };
    const found = {
      event: joined.event,
      topic: place.topic,
      key,
      timestamp,
      receivedAt: headers["received-at"] ?? null,
    };
    if (!isDeepStrictEqual(found, expected)) {
      this.#violation(nameOf(place), "it is not what its raw event says", expected, found);
    }
  }

  /** A dead letter of the raw topic. */
  deadLetter({ place, original, code, key, timestamp, digest }: DeadLetter): void {
    const raw = this.#answered(nameOf(place), `${original.partition}:${original.offset}`);
    if (raw === null) return;
    const { outcome } = raw.delivery;
    const expected = {
      code: outcome.kind === "dead-letter" ? outcome.code : outcome.kind,
      key: raw.record.key,
      timestamp: raw.record.timestamp,
      digest: raw.record.digest,
    };
    const found = { code, key, timestamp, digest };
    if (!isDeepStrictEqual(found, expected))
      this.#violation(nameOf(place), "it is not what its raw event is", expected, found);
  }

  /** After the last record of the joined topics and dead letters. */
  finish(): void {
    for (const { id, place } of this.deliveries.values()) {
      if (place === null) continue;
      const expected = `${place.partition}:${place.offset}`;
      const found = this.#delivered.get(id);
      if (found === undefined) this.#violation(`delivery ${id}`, "it was acknowledged and is not there", expected);
      this.findings.checked("acknowledged deliveries", 1);
    }
    for (const [position, { delivery, answers }] of this.#raw) {
      const expected = delivery.outcome.kind === "ignored" ? 0 : 1;
      if (answers === expected) continue;
      const where = `${this.topics.raw}:${position} (delivery ${delivery.id})`;
      this.#violation(where, "joined records and dead letters that came of it", expected, answers);
    }
  }

  #answered(where: string, rawPosition: string | null): RawEvent | null {
    const raw = this.#raw.get(rawPosition ?? "");
    if (raw === undefined) {
      this.#violation(where, "there is no raw event that it came of", undefined, rawPosition);
      return null;
    }
    raw.answers += 1;
    return raw;
  }

  #topicOf(kind: "conversation" | "work-item"): string {
    return kind === "conversation" ? this.topics.conversation : this.topics.workItem;
  }

  #violation(where: string, what: string, expected?: unknown, found?: unknown): void {
    this.findings.violation({ invariant: "I1", where, what, expected, found });
  }
}
