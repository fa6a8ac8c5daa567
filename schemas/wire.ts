/**
 * Confluent's wire format: one zero byte, the schema id as a big-endian 32-bit integer, the Avro body.
 * Source: Confluent's documentation of the schema registry, section "Wire format".
 */
export const FRAME_HEADER_BYTES = 5;
const MAGIC = 0;
const MAX_SCHEMA_ID = 0x7fffffff;

/** A value is not framed as Confluent's wire format asks. */
export class WireFormatError extends Error {
  override readonly name = "WireFormatError";
}

/** The schema id of a framed value. @throws WireFormatError when the value is too short or begins with another byte. */
export function readSchemaId(value: Uint8Array): number {
  if (value.length < FRAME_HEADER_BYTES) {
    throw new WireFormatError(`expected at least ${FRAME_HEADER_BYTES} bytes of framing, got ${value.length}`);
  }
  if (value[0] !== MAGIC) {
    throw new WireFormatError(`expected magic byte 0, got ${value[0]}`);
  }
  return (((value[1] ?? 0) << 24) | ((value[2] ?? 0) << 16) | ((value[3] ?? 0) << 8) | (value[4] ?? 0)) >>> 0;
}

/** Writes the frame header into the first five bytes of `value`. @throws RangeError for an id that no registry gives. */
export function writeFrameHeader(value: Uint8Array, schemaId: number): void {
  if (!Number.isInteger(schemaId) || schemaId < 0 || schemaId > MAX_SCHEMA_ID) {
    throw new RangeError(`schema id ${schemaId} is not an integer from 0 to ${MAX_SCHEMA_ID}`);
  }
  value[0] = MAGIC;
  value[1] = schemaId >>> 24;
  value[2] = schemaId >>> 16;
  value[3] = schemaId >>> 8;
  value[4] = schemaId;
}
