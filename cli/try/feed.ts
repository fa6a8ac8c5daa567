/** Turns documents from files into records of `raw-events`. */
import { keyOfReading, RECEIVED_AT_HEADER, type Reading, readBody, SOURCE_HEADER } from "../../processors/index.js";
import { encodeText, type ProducedRecord } from "../../runtime/task/index.js";
import type { Source } from "../../schemas/index.js";

export interface FeedSettings {
  readonly topic: string;
  /** The source of every document; null to tell it from each. */
  readonly source: Source | null;
  readonly tenant: string | null;
}

export type Fed =
  | { readonly kind: "record"; readonly record: ProducedRecord }
  /** The source cannot be told, so the document cannot be a raw event. */
  | { readonly kind: "refused"; readonly reading: Extract<Reading, { kind: "refused" }> };

export class Feed {
  /** The running maximum of the documents' own times: the output is the same each time. */
  private timestamp = 0;

  constructor(private readonly settings: FeedSettings) {}

  /** The raw event of a document. A document that its source refuses becomes one too: the topology says why. */
  next(body: Uint8Array): Fed {
    const reading = readBody(body, {
      source: this.settings.source,
      tenant: this.settings.tenant,
      timestamp: this.timestamp,
    });
    const source = this.settings.source ?? sourceOf(reading);
    if (source === null) {
      return reading.kind === "refused" ? { kind: "refused", reading } : unreachable(reading);
    }
    if (reading.kind === "conversation" || reading.kind === "work-item") {
      this.timestamp = Math.max(this.timestamp, reading.event.occurredAt);
    }
    const key = keyOfReading(reading);
    return {
      kind: "record",
      record: {
        topic: this.settings.topic,
        timestamp: this.timestamp,
        key: key === null ? null : encodeText(key),
        value: body,
        headers: [
          { key: SOURCE_HEADER, value: encodeText(source) },
          { key: RECEIVED_AT_HEADER, value: encodeText(String(this.timestamp)) },
        ],
      },
    };
  }
}

function sourceOf(reading: Reading): string | null {
  if (reading.kind === "conversation" || reading.kind === "work-item") return reading.event.source;
  return reading.source;
}

function unreachable(reading: Reading): never {
  throw new Error(`a ${reading.kind} reading without a source`);
}
