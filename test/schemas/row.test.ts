/** The rows of a store and its changelog: one version byte before Avro, and nothing but RowFormatError for damage. */
import avro from "avsc";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  assignmentRowCodec,
  assignmentRowCodecFor,
  contract,
  EARLIER_ROW_RELEASES,
  EncodeError,
  positionsCodec,
  RowFormatError,
  releasedSchema,
} from "../../schemas/index.js";
import { arbitraries } from "./arbitraries.js";
import { populated, sparse } from "./samples.js";

const row = populated.AssignmentRow;

describe("a row", () => {
  test("is the same after encoding and decoding, whatever it holds", () => {
    fc.assert(
      fc.property(arbitraries.AssignmentRow, (any) => {
        expect(assignmentRowCodec.decode(assignmentRowCodec.encode(any))).toEqual(any);
      }),
    );
  });

  test("is the version byte 2 and then plain Avro, so that others can read the changelog", () => {
    const [version, ...body] = assignmentRowCodec.encode(row);
    const type = avro.Type.forSchema(JSON.parse(contract("AssignmentRow").schema));
    expect(version).toBe(2);
    expect(type.fromBuffer(Buffer.from(body))).toEqual(row);
  });

  test("with null wherever that is allowed is the same after encoding and decoding", () => {
    expect(assignmentRowCodec.decode(assignmentRowCodec.encode(sparse.AssignmentRow))).toEqual(sparse.AssignmentRow);
  });

  test("is read from a view of a larger buffer", () => {
    const larger = Buffer.concat([Buffer.alloc(3), assignmentRowCodec.encode(row), Buffer.alloc(3)]);
    expect(assignmentRowCodec.decode(larger.subarray(3, larger.length - 3))).toEqual(row);
  });

  test("that does not fit is an EncodeError", () => {
    expect(() => assignmentRowCodec.encode({ ...row, sequence: 0.5 })).toThrow(EncodeError);
  });
});

describe("a row of version 1", () => {
  const codec = assignmentRowCodecFor("0.1.0");
  const released = avro.Type.forSchema(JSON.parse(releasedSchema("0.1.0", "AssignmentRow")));

  test("is read, with nothing known of its first input", () => {
    const { firstInput: _, ...older } = row;
    const bytes = Buffer.concat([Buffer.of(1), released.toBuffer(older)]);
    expect(assignmentRowCodec.decode(bytes)).toEqual({ ...older, firstInput: null });
  });

  test("is written byte for byte as 0.1.0 has it, for instances of it, and loses nothing else", () => {
    fc.assert(
      fc.property(arbitraries.AssignmentRow, (any) => {
        const bytes = codec.encode(any);
        const { firstInput: _, ...older } = any;
        expect(Buffer.from(bytes)).toEqual(Buffer.concat([Buffer.of(1), released.toBuffer(older)]));
        for (const reader of [codec, assignmentRowCodec])
          expect(reader.decode(bytes)).toEqual({ ...any, firstInput: null });
      }),
    );
  });

  test("is written by a program that reads those of version 2 too", () => {
    expect(codec.decode(assignmentRowCodec.encode(row))).toEqual(row);
  });

  test("is written for every release that cannot read another", () => {
    expect(EARLIER_ROW_RELEASES.map((release) => assignmentRowCodecFor(release).encode(row)[0])).toEqual([1]);
    expect(assignmentRowCodecFor(null)).toBe(assignmentRowCodec);
  });
});

test("positions are version 1", () => {
  expect(positionsCodec.encode(populated.Positions)[0]).toBe(1);
});

test("positions are the same after encoding and decoding, whatever they hold", () => {
  fc.assert(
    fc.property(arbitraries.Positions, (any) => {
      expect(positionsCodec.decode(positionsCodec.encode(any))).toEqual(any);
    }),
  );
});

describe("a row that is not what this version writes is a RowFormatError:", () => {
  test.each([0, 3, 255])("version %i, which the error names", (version) => {
    const bytes = Uint8Array.from(assignmentRowCodec.encode(row));
    bytes[0] = version;
    const decode = () => assignmentRowCodec.decode(bytes);
    expect(decode).toThrow(RowFormatError);
    expect(decode).toThrow(`AssignmentRow: unknown version ${version}; this program reads versions 1 and 2`);
  });

  test("no bytes at all", () => {
    expect(() => assignmentRowCodec.decode(new Uint8Array())).toThrow(RowFormatError);
  });

  test("cut anywhere", () => {
    const bytes = assignmentRowCodec.encode(row);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => assignmentRowCodec.decode(bytes.subarray(0, length)), `${length} bytes`).toThrow(RowFormatError);
    }
  });

  test("a byte too many", () => {
    const bytes = Buffer.concat([assignmentRowCodec.encode(row), Buffer.alloc(1)]);
    expect(() => assignmentRowCodec.decode(bytes)).toThrow(RowFormatError);
  });

  test("the rows of the other store", () => {
    expect(() => positionsCodec.decode(assignmentRowCodec.encode(row))).toThrow(RowFormatError);
  });
});

/** Decodes bytes that may be damaged: a value, or nothing when they were refused as they must be. */
function decodeDamaged(bytes: Uint8Array): void {
  try {
    assignmentRowCodec.decode(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(RowFormatError);
  }
}

describe("damage never throws anything but RowFormatError:", () => {
  test("every single bit of a row", () => {
    const bytes = assignmentRowCodec.encode(row);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const damaged = Uint8Array.from(bytes);
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      decodeDamaged(damaged);
    }
  });

  test("several bytes of any row", () => {
    const flips = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(arbitraries.AssignmentRow, flips, (any, changes) => {
        const damaged = Uint8Array.from(assignmentRowCodec.encode(any));
        for (const [place, byte] of changes) damaged[1 + (place % (damaged.length - 1))] = byte;
        decodeDamaged(damaged);
      }),
      { numRuns: 1_000 },
    );
  }, 30_000);

  test("any bytes behind the version", () => {
    fc.assert(
      fc.property(fc.constantFrom(1, 2), fc.uint8Array({ maxLength: 300 }), (version, body) =>
        decodeDamaged(Uint8Array.from([version, ...body])),
      ),
      { numRuns: 3_000 },
    );
  });
});
