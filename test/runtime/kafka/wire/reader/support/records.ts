/** Records to write, shortly said. */
import type { BatchRecord } from "../../../../../../runtime/records/index.js";

export type Bytes = string | Uint8Array | null;

export interface RecordParts {
  readonly key?: Bytes;
  readonly value?: Bytes;
  readonly headers?: readonly (readonly [name: string, value: Bytes])[];
  readonly timestamp?: number;
}

export function record({ key = null, value = null, headers = [], timestamp = Date.now() }: RecordParts): BatchRecord {
  const named = headers.map(([name, header]) => ({ key: name, value: bytes(header) }));
  return { key: bytes(key), value: bytes(value), headers: named, timestamp };
}

/** One record for each value, without a key. */
export const values = (...texts: readonly string[]): BatchRecord[] => texts.map((value) => record({ value }));

const bytes = (given: Bytes): Uint8Array | null => (typeof given === "string" ? Buffer.from(given) : given);
