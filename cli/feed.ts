/** Turns documents from files into records of `raw-events`. */
import {
  describeRefusal,
  keyOfReading,
  RECEIVED_AT_HEADER,
  type Reading,
  readBody,
  SOURCE_HEADER,
} from "../processors/index.js";
import { encodeText, type ProducedRecord } from "../runtime/task/index.js";
import type { Source } from "../schemas/index.js";
import { documentsOf, type Refuse } from "./documents.js";

export interface FeedSettings {
  readonly topic: string;
  /** The source of every document; null to tell it from each. */
  readonly source: Source | null;
  readonly tenant: string | null;
  /** The wall clock, epoch ms, for documents that come in now. Absent: the running maximum of the documents' own times. */
  readonly now?: () => number;
}

type Fed =
  | { readonly kind: "record"; readonly record: ProducedRecord }
  /** It cannot be a raw event: its source cannot be told. */
  | { readonly kind: "refused"; readonly message: string };

/** The documents of a chunk of a file. */
export interface FedChunk {
  readonly documents: number;
  /** Those that can be raw events, and where they stand: `FILE:LINE`. */
  readonly fed: readonly { readonly place: string; readonly record: ProducedRecord }[];
}

export class Feed {
  /** The running maximum of the documents' own times: the output is the same each time. */
  private latest = 0;

  constructor(private readonly settings: FeedSettings) {}

  /** The raw events of a file, a chunk at a time. What cannot be read is told to `refuse`, a whole file too. */
  async *file(path: string, refuse: Refuse): AsyncGenerator<FedChunk> {
    for await (const { count, documents } of documentsOf(path, refuse)) {
      const fed: { readonly place: string; readonly record: ProducedRecord }[] = [];
      for (const { place, body } of documents) {
        const next = this.next(body);
        if (next.kind === "record") fed.push({ place, record: next.record });
        else refuse(place, next.message);
      }
      yield { documents: count, fed };
    }
  }

  /** The raw event of a document. A document that its source refuses becomes one too: the topology says why. */
  private next(body: Uint8Array): Fed {
    const reading = readBody(body, {
      source: this.settings.source,
      tenant: this.settings.tenant,
      timestamp: this.settings.now?.() ?? this.latest,
    });
    const source = this.settings.source ?? sourceOf(reading);
    if (source === null) {
      return reading.kind === "refused"
        ? { kind: "refused", message: describeRefusal(reading.refusal) }
        : unreachable(reading);
    }
    if (reading.kind === "conversation" || reading.kind === "work-item") {
      this.latest = Math.max(this.latest, reading.event.occurredAt);
    }
    const timestamp = this.settings.now?.() ?? this.latest;
    const key = keyOfReading(reading);
    return {
      kind: "record",
      record: {
        topic: this.settings.topic,
        timestamp,
        key: key === null ? null : encodeText(key),
        value: body,
        headers: [
          { key: SOURCE_HEADER, value: encodeText(source) },
          { key: RECEIVED_AT_HEADER, value: encodeText(String(timestamp)) },
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
