/** RocksDB's checksums. */
import { crc32c } from "@node-rs/crc32";

const DELTA = 0xa282ead8;

/** Rotated and shifted (`crc32c::Mask`), as checksums are also taken of data that holds checksums. */
export function maskedCrc(bytes: Buffer): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + DELTA) >>> 0;
}
