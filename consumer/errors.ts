/** What ends a consumer: a class for each thing to do about it. */
import type { RecordPlace } from "./record.js";

/** The base of all of them. */
export class ConsumerError extends Error {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** An option is missing or wrong; the message names it. */
export class ConsumerOptionError extends ConsumerError {
  constructor(
    readonly option: string,
    what: string,
  ) {
    super(`${option}: ${what}`);
  }
}

/** No broker answers. */
export class BrokersUnreachableError extends ConsumerError {}

/** A broker refuses, or has failed: wrong user, missing rights, a version that is too old. The cause says what. */
export class KafkaError extends ConsumerError {}

/** The cluster has no such topic. */
export class MissingTopicError extends ConsumerError {
  constructor(readonly topic: string) {
    super(
      `topic ${topic}: the cluster has no such topic; check topic and topicPrefix, or create it with queue-ratchet topics`,
    );
  }
}

/**
 * The records from `wantedOffset` up to `firstOffset` are gone: expired, or deleted. Nothing is skipped in silence. To go on with
 * what is left, say so: `from: "beginning"`, or `from: { offset: { [partition]: firstOffset } }`; then have what was missed written
 * again (`queue-ratchet republish`).
 */
export class RetentionGapError extends ConsumerError {
  constructor(
    readonly topic: string,
    readonly partition: number,
    readonly wantedOffset: number,
    readonly firstOffset: number,
  ) {
    super(
      `${topic}-${partition}: offset ${wantedOffset} is wanted, and the first one there is ${firstOffset}: the ${firstOffset - wantedOffset} in between are gone (retention, or deleted). ` +
        `To go on with what is left start with from: { offset: { ${partition}: ${firstOffset} } } or from: "beginning", and have the rest written again with queue-ratchet republish`,
    );
  }
}

/** The partition is not what it was: truncated, or of a topic that was deleted and made anew. Start with `from: "beginning"`. */
export class TopicChangedError extends ConsumerError {
  constructor(
    readonly topic: string,
    readonly partition: number,
    /** Where reading stands. */
    readonly offset: number,
    what: string,
    options?: { readonly cause?: unknown },
  ) {
    super(
      `${topic}-${partition} at offset ${offset}: ${what}. To read what is there now start with from: "beginning"`,
      options,
    );
  }
}

/** The schema of a record is not in the registry, or is none of a queue assignment. */
export class UnknownSchemaError extends ConsumerError {
  constructor(
    readonly place: RecordPlace,
    readonly schemaId: number,
    readonly subject: string,
    options: { readonly cause: Error },
  ) {
    super(
      `${told(place)}: its schema, id ${schemaId} of subject ${subject}, cannot be used: ${options.cause.message}; check that registry is the one that the records were written with`,
      options,
    );
  }
}

/** A record is no queue assignment, or lies under another key than its fields say. It is never skipped in silence. */
export class UnreadableRecordError extends ConsumerError {
  constructor(
    readonly place: RecordPlace,
    what: string,
    options?: { readonly cause?: unknown },
  ) {
    super(`${told(place)}: ${what}. To go on behind it start with ${behind(place)}`, options);
  }
}

/** The registry was needed and could not be asked for as long as `registryTimeoutMs`. */
export class RegistryUnreachableError extends ConsumerError {}

/** `apply` has failed; what it threw is the cause. The offset is not committed: the records come again. */
export class ApplyError extends ConsumerError {
  constructor(
    readonly topic: string,
    readonly partition: number,
    readonly firstOffset: number,
    readonly lastOffset: number,
    options: { readonly cause: unknown },
  ) {
    const offsets = firstOffset === lastOffset ? `offset ${firstOffset}` : `offsets ${firstOffset} to ${lastOffset}`;
    super(`applying ${topic}-${partition}, ${offsets}: ${messageOf(options.cause)}`, options);
  }
}

/** The version store has failed; what it threw is the cause. The offset is not committed: the records come again. */
export class StoreError extends ConsumerError {
  constructor(
    readonly topic: string,
    readonly partition: number,
    readonly firstOffset: number,
    readonly lastOffset: number,
    options: { readonly cause: unknown },
  ) {
    super(
      `the version store, for ${topic}-${partition}, offsets ${firstOffset} to ${lastOffset}: ${messageOf(options.cause)}`,
      options,
    );
  }
}

/** `apply` did not end within `stopTimeoutMs` of a stop. Its offset is not committed. */
export class StopTimeoutError extends ConsumerError {
  constructor(timeoutMs: number, places: readonly string[]) {
    super(`stopping: apply has not ended within ${timeoutMs} ms (${places.join(", ")})`);
  }
}

function told({ topic, partition, offset }: RecordPlace): string {
  return `${topic}-${partition} at offset ${offset}`;
}

function behind({ partition, offset }: RecordPlace): string {
  return `from: { offset: { ${partition}: ${offset + 1} } }`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
