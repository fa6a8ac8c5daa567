/** What a processor is: a synchronous, pure step from one record to outputs and changed rows, gathered by its context. */
import type { ConversationKey } from "../schemas/types.js";
import type { Refusal } from "./refusal.js";

/** Header values are UTF-8 text. */
export type RecordHeaders = Readonly<Record<string, string>>;

/** One record of an input topic, its value decoded. */
export interface StreamRecord<Value> {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Epoch milliseconds. */
  readonly timestamp: number;
  readonly key: string | null;
  readonly value: Value;
  readonly headers: RecordHeaders;
}

/** A record for a sink. */
export interface ForwardedRecord<Value> {
  readonly key: string | null;
  readonly value: Value;
  readonly headers?: RecordHeaders;
  /** Epoch milliseconds. Absent: the input record's. */
  readonly timestamp?: number;
}

/** The rows of a store that were loaded for the batch at hand. */
export interface KeyValueAccess<Row> {
  /** The row of the record's key; undefined when there is none. */
  get(key: ConversationKey): Row | undefined;
  put(key: ConversationKey, row: Row): void;
}

/** What a processor may do beside computing. Everything gathers in a buffer; nothing is written while it runs. */
export interface ProcessorContext {
  forward(sink: string, record: ForwardedRecord<unknown>): void;
  store<Row>(name: string): KeyValueAccess<Row>;
  /** Sends the input record to the dead letters, byte for byte. */
  refuse(refusal: Refusal): void;
  /** Adds to a running count of the task, kept with its positions: for what an observer wants to know without counting rows. */
  count(name: string, difference: number): void;
}

/** `Outcome` is what observers are told about each record. */
export interface Processor<Value, Outcome> {
  process(record: StreamRecord<Value>, context: ProcessorContext): Outcome;
  /**
   * Takes a record that has the header `control`, its value as bytes; absent: such a record is one like any other. What it asks
   * for is done by the task, before it takes another record.
   */
  control?(record: StreamRecord<Uint8Array | null>): Control<Outcome>;
}

/** What a control record asks for. */
export type Control<Outcome> =
  | { readonly kind: "refused"; readonly refusal: Refusal }
  | { readonly kind: "nothing" }
  | {
      readonly kind: "rows";
      readonly store: string;
      /** Null: every row that the task has. */
      readonly key: ConversationKey | null;
      /** @returns what observers are told of the row; null: nothing */
      visit(key: string, row: never, context: Pick<ProcessorContext, "forward">): Outcome | null;
    };

/** When rows are too old to be kept, by the time of the stream. */
export interface RowExpiry<Outcome> {
  /** @param streamTimeMs the greatest timestamp of the records that the task has processed (epoch ms) */
  isExpired(row: never, streamTimeMs: number): boolean;
  /** The row goes. @returns what observers are told of it */
  forget(key: string, row: never, context: Pick<ProcessorContext, "count">): Outcome;
  /** All rows are looked at once while the stream's time advances by so much (ms). */
  readonly sweepEveryMs: number;
}

export const RECEIVED_AT_HEADER = "received-at";
export const RAW_POSITION_HEADER = "raw-position";
export const SOURCE_HEADER = "source";
export const DELIVERY_ID_HEADER = "delivery-id";
export const CONTROL_HEADER = "control";
/** Of a control record: only what was emitted then or later (epoch ms). */
export const SINCE_HEADER = "since";
/** On an emitted record that had been emitted before. */
export const REPUBLISHED_HEADER = "republished";
/** The key of a control record that is for a whole partition: no conversation's, which have colons. */
export const CONTROL_KEY = "control";
export const REPUBLISH = "republish";
