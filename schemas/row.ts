/** The binary form of a store's values: one version byte, then Avro, so that others can read the changelog. */
import { contract } from "./contracts.js";
import { encoderOf } from "./encoder.js";
import type { AssignmentRow, ContractName, ContractTypes, Positions } from "./types.js";

const VERSION = 1;
const PREFIX_BYTES = 1;

/** Bytes in a store or changelog are not what this version writes. */
export class RowFormatError extends Error {
  override readonly name = "RowFormatError";
}

/** Encodes and decodes the values of a store. */
export interface RowCodec<Row> {
  encode(row: Row): Uint8Array;
  /** @throws RowFormatError when the bytes are of an unknown version, or damaged. */
  decode(bytes: Uint8Array): Row;
}

function rowCodec<Name extends ContractName>(name: Name): RowCodec<ContractTypes[Name]> {
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
        return value as ContractTypes[Name];
      } catch (cause) {
        throw new RowFormatError(`${name}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
      }
    },
  };
}

export const assignmentRowCodec: RowCodec<AssignmentRow> = rowCodec("AssignmentRow");
export const positionsCodec: RowCodec<Positions> = rowCodec("Positions");
