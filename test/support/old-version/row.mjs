/** The row codec of 0.1.0 as it was released, compiled: it reads version 1 and writes it. Takes the place of `schemas/row.js` in a copy of the built program. */
import { contract } from "./contracts.js";
import { encoderOf } from "./encoder.js";

const VERSION = 1;
const PREFIX_BYTES = 1;

export class RowFormatError extends Error {
  name = "RowFormatError";
}

function rowCodec(name) {
  const { type } = contract(name);
  const encode = encoderOf(name);
  return {
    encode(row) {
      const bytes = encode(row, PREFIX_BYTES);
      bytes[0] = VERSION;
      return bytes;
    },
    decode(bytes) {
      if (bytes[0] !== VERSION) {
        throw new RowFormatError(
          `${name}: unknown version ${bytes[0] ?? "(empty)"}; this program reads version ${VERSION}`,
        );
      }
      try {
        const { value, offset } = type.decode(
          Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
          PREFIX_BYTES,
        );
        if (offset !== bytes.length)
          throw new Error(offset < 0 ? "truncated" : `${bytes.length - offset} bytes too many`);
        return value;
      } catch (cause) {
        throw new RowFormatError(`${name}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
      }
    },
  };
}

export const assignmentRowCodec = rowCodec("AssignmentRow");
export const positionsCodec = rowCodec("Positions");
/** What the rest of the copy asks for: 0.1.0 knew no other version. */
export const assignmentRowCodecFor = () => assignmentRowCodec;
