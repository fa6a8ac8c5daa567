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

/** A record for a sink. Its timestamp is that of the input record. */
export interface ForwardedRecord<Value> {
  readonly key: string | null;
  readonly value: Value;
  readonly headers?: RecordHeaders;
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
}

export const RECEIVED_AT_HEADER = "received-at";
export const RAW_POSITION_HEADER = "raw-position";
export const SOURCE_HEADER = "source";
export const DELIVERY_ID_HEADER = "delivery-id";
export const CONTROL_HEADER = "control";
