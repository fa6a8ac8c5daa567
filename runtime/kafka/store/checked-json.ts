/** Small values of the local store that carry their own checksum: iterators of this RocksDB binding verify none. */
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

/** @returns null when it is damaged, or of another form. */
export function decodeChecked<Value>(bytes: Buffer, form: z.ZodType<Value>): Value | null {
  const body = bytes.subarray(CRC_BYTES);
  if (bytes.length < CRC_BYTES || crc32c(body) !== bytes.readUInt32BE()) return null;
  return form.safeParse(JSON.parse(body.toString())).data ?? null;
}
