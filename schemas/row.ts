/** The binary form of a store's values: one version byte, then Avro, so that others can read the changelog. */
import { compileSchema, contract, releasedSchema } from "./contracts.js";
import { type Encode, encoderOf } from "./encoder.js";
import type { AssignmentRow, ContractName, ContractTypes, EarlierRowRelease, Positions } from "./types.js";
import { type ReadValue, valueReader } from "./value-reader.js";
import { assignmentRowVersion1 } from "./writers.js";

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

interface Format<Name extends ContractName> {
  readonly name: Name;
  /** The version byte that is written. */
  readonly version: number;
  readonly encode: Encode<Name>;
  /** What reads each version, by its byte. */
  readonly readers: ReadonlyMap<number, ReadValue>;
}

function rowCodec<Name extends ContractName>(format: Format<Name>): RowCodec<ContractTypes[Name]> {
  const { name, version, encode, readers } = format;
  const known = `version${readers.size === 1 ? "" : "s"} ${[...readers.keys()].join(" and ")}`;
  return {
    encode(row) {
      const bytes = encode(row, PREFIX_BYTES);
      bytes[0] = version;
      return bytes;
    },
    decode(bytes) {
      const read = readers.get(bytes[0] ?? Number.NaN);
      if (read === undefined)
        throw new RowFormatError(`${name}: unknown version ${bytes[0] ?? "(empty)"}; this program reads ${known}`);
      try {
        return read(bytes) as ContractTypes[Name];
      } catch (cause) {
        throw new RowFormatError(`${name}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
      }
    },
  };
}

const positionsReader = valueReader(contract("Positions").type, PREFIX_BYTES);
export const positionsCodec: RowCodec<Positions> = rowCodec({
  name: "Positions",
  version: 1,
  encode: encoderOf("Positions"),
  readers: new Map([[1, positionsReader]]),
});

const { type: rowType } = contract("AssignmentRow");
const rowType1 = compileSchema(releasedSchema("0.1.0", "AssignmentRow"));
const rowReaders: ReadonlyMap<number, ReadValue> = new Map([
  [1, valueReader(rowType, PREFIX_BYTES, rowType.createResolver(rowType1))],
  [2, valueReader(rowType, PREFIX_BYTES)],
]);

export const assignmentRowCodec: RowCodec<AssignmentRow> = rowCodec({
  name: "AssignmentRow",
  version: 2,
  encode: encoderOf("AssignmentRow"),
  readers: rowReaders,
});

const assignmentRowVersion1Codec: RowCodec<AssignmentRow> = rowCodec({
  name: "AssignmentRow",
  version: 1,
  encode: encoderOf("AssignmentRow", assignmentRowVersion1),
  readers: rowReaders,
});

/**
 * Reads every version of rows, and writes them so that instances of an earlier release can take the tasks over; what
 * their version has no place for is dropped (the first input).
 * @param upgradeFrom null: written in the present version
 */
export function assignmentRowCodecFor(upgradeFrom: EarlierRowRelease | null): RowCodec<AssignmentRow> {
  return upgradeFrom === null ? assignmentRowCodec : assignmentRowVersion1Codec;
}
