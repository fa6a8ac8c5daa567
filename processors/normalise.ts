/** The processor of the normalise sub-topology: raw bytes of a source in, one normalised event out, or none, or a refusal. */
import { SOURCES, type Source } from "../schemas/types.js";
import {
  type Processor,
  RAW_POSITION_HEADER,
  RECEIVED_AT_HEADER,
  SOURCE_HEADER,
  type StreamRecord,
} from "./processor.js";
import { type Refusal, type RefusalCode, refusal } from "./refusal.js";
import { keyOfReading, readBody } from "./sources/index.js";

/** What observers are told about a raw record. */
export type NormaliseOutcome =
  | { readonly kind: "normalised"; readonly source: Source; readonly entity: "conversation" | "work-item" }
  | { readonly kind: "ignored"; readonly source: Source; readonly event: string }
  | { readonly kind: "refused"; readonly code: RefusalCode };

export interface NormaliseSettings {
  /** The tenant of documents that carry none; null when none is configured. */
  readonly tenant: string | null;
}

export interface NormaliseSinks {
  readonly conversationEvents: string;
  readonly workItemEvents: string;
}

export function normaliser(
  sinks: NormaliseSinks,
  settings: NormaliseSettings,
): Processor<Uint8Array, NormaliseOutcome> {
  return {
    process(record, context) {
      const refuse = (refused: Refusal): NormaliseOutcome => {
        context.refuse(refused);
        return { kind: "refused", code: refused.code };
      };
      const source = sourceOf(record);
      if (source === null) {
        return refuse(
          refusal("UNKNOWN_SOURCE", "", `the header "${SOURCE_HEADER}" names none of: ${SOURCES.join(", ")}`),
        );
      }
      const reading = readBody(record.value, { source, tenant: settings.tenant, timestamp: record.timestamp });
      if (reading.kind === "refused") return refuse(reading.refusal);
      if (reading.kind === "ignored") return { kind: "ignored", source, event: reading.event };
      context.forward(reading.kind === "conversation" ? sinks.conversationEvents : sinks.workItemEvents, {
        key: keyOfReading(reading),
        value: reading.event,
        headers: headersOf(record),
      });
      return { kind: "normalised", source, entity: reading.kind };
    },
  };
}

function sourceOf(record: StreamRecord<unknown>): Source | null {
  const name = record.headers[SOURCE_HEADER];
  return SOURCES.find((source) => source === name) ?? null;
}

function headersOf(record: StreamRecord<unknown>): Record<string, string> {
  return {
    [RECEIVED_AT_HEADER]: record.headers[RECEIVED_AT_HEADER] ?? String(record.timestamp),
    [RAW_POSITION_HEADER]: `${record.partition}:${record.offset}`,
  };
}
