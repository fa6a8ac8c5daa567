/** A record in one form, whoever has read it: what two readers must agree on. */
import type { DecodedRecord } from "../../../../../../runtime/records/index.js";
import type { StoredRecord } from "../../../../../support/kafka/index.js";

/** Bytes in hexadecimal, so that null and empty differ and a difference can be read. */
export interface PlainRecord {
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly key: string | null;
  readonly value: string | null;
  /** `name=value`, in their order. */
  readonly headers: readonly string[];
}

export function plain(partition: number, { offset, timestamp, key, value, headers }: DecodedRecord): PlainRecord {
  const named = headers.map((header) => `${header.key}=${hex(header.value)}`);
  return { partition, offset, timestamp, key: hex(key), value: hex(value), headers: named };
}

export function plainStored({ partition, offset, timestampMs, key, value, headers }: StoredRecord): PlainRecord {
  const named = headers.map(([name, header]) => `${name}=${hex(header)}`);
  return { partition, offset, timestamp: timestampMs, key: hex(key), value: hex(value), headers: named };
}

/** Large values are long: their beginning, length and a sum say enough. */
function hex(bytes: Buffer | null): string | null {
  if (bytes === null) return null;
  if (bytes.length <= 64) return bytes.toString("hex");
  let sum = 0;
  for (const byte of bytes) sum = (Math.imul(sum, 31) + byte) | 0;
  return `${bytes.toString("hex", 0, 16)}… ${bytes.length} bytes, sum ${sum}`;
}
