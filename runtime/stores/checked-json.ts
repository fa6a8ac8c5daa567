/** Small values that carry their own checksum: iterators of this RocksDB binding verify none. */
import { crc32c } from "@node-rs/crc32";
import type { z } from "zod";

const CRC_BYTES = 4;

export function encodeChecked(value: object): Buffer {
  const body = Buffer.from(JSON.stringify(value));
  const bytes = Buffer.alloc(CRC_BYTES + body.length);
  bytes.writeUInt32BE(crc32c(body));
  body.copy(bytes, CRC_BYTES);
  return bytes;
}

/** @returns the value, whatever its form; undefined when it does not fit its checksum. */
export function checkedValue(bytes: Buffer): unknown {
  const body = bytes.subarray(CRC_BYTES);
  if (bytes.length < CRC_BYTES || crc32c(body) !== bytes.readUInt32BE()) return undefined;
  return JSON.parse(body.toString());
}

/** @returns null when it is damaged, or of another form. */
export function decodeChecked<Value>(bytes: Buffer, form: z.ZodType<Value>): Value | null {
  return form.safeParse(checkedValue(bytes)).data ?? null;
}
