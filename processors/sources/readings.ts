/** How readings are put together, where the sources do it alike. */
import type { ConversationEvent, Source } from "../../schemas/types.js";
import { type Refusal, type RefusalCode, refusal } from "../refusal.js";
import type { Reading } from "./source.js";

/** What an event of a source without revisions says; everything else of it is fixed. */
type TimedEvent = Pick<
  ConversationEvent,
  "source" | "tenant" | "conversationId" | "eventId" | "queueChange" | "lifecycleChange" | "client"
> & {
  /** Epoch milliseconds: both what orders the event and when it happened. */
  readonly at: number;
};

/** The reading of an event of a source without revisions (Rasayel, Belco): its time orders it. */
export function timedReading(event: TimedEvent): Reading {
  return {
    kind: "conversation",
    event: {
      source: event.source,
      tenant: event.tenant,
      conversationId: event.conversationId,
      eventId: event.eventId,
      revision: null,
      orderedAt: event.at,
      queueChange: event.queueChange,
      lifecycleChange: event.lifecycleChange,
      isSync: false,
      isDeletion: false,
      persisted: true,
      isAudit: false,
      client: event.client,
      occurredAt: event.at,
      traceId: null,
      snapshotTarget: null,
      preconditionRevision: null,
    },
  };
}

export function refusedReading(source: Source | null, found: Refusal): Reading {
  return { kind: "refused", source, refusal: found };
}

/** A reading that says why the document cannot be read; `path` is where in it. */
export function refuse(source: Source | null, code: RefusalCode, path: string, message: string): Reading {
  return refusedReading(source, refusal(code, path, message));
}
