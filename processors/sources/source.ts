/** What a source is: one file that turns a parsed JSON document into a normalised event, "ignored", or a refusal. */
import type { ConversationEvent, Source, WorkItemEvent } from "../../schemas/types.js";
import type { Refusal } from "../refusal.js";

/** What became of a document. */
export type Reading =
  | { readonly kind: "conversation"; readonly event: ConversationEvent }
  | { readonly kind: "work-item"; readonly event: WorkItemEvent }
  /** Known and irrelevant. `event` is a word from a fixed list: it becomes a metric label. */
  | { readonly kind: "ignored"; readonly source: Source; readonly event: string }
  | { readonly kind: "refused"; readonly source: Source | null; readonly refusal: Refusal };

export interface ReadingOptions {
  /** The tenant of documents that carry none; null when none is configured. */
  readonly tenant: string | null;
  /** What `occurredAt` is when the document does not say (epoch ms): the timestamp of its record. */
  readonly timestamp: number;
}

export interface SourceReader {
  readonly source: Source;
  /** What its sender names the delivery by, as it stands in the document: of any type, or not there. */
  deliveryId(document: object): unknown;
  /** Whether a document of unknown origin has the shape of this source. */
  recognises(document: object): boolean;
  /** Reads a document (parsed JSON: an object, no forbidden keys, bounded depth). Never throws. */
  read(document: object, options: ReadingOptions): Reading;
}
