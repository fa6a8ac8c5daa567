/** What is encoded is decoded again, and is plain Avro behind Confluent's frame. */
import avro from "avsc";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  CONTRACT_NAMES,
  ContractCodec,
  type ContractName,
  type ContractTypes,
  contract,
  EncodeError,
  FRAME_HEADER_BYTES,
  readSchemaId,
} from "../../schemas/index.js";
import { arbitraries } from "./arbitraries.js";
import { MemoryRegistry } from "./registry/memory-registry.js";
import { populated } from "./samples.js";

async function codecOf<Name extends ContractName>(name: Name, registry = new MemoryRegistry()) {
  return ContractCodec.open(name, `${name}-value`, registry);
}

function anyOf(name: ContractName): fc.Arbitrary<ContractTypes[ContractName]> {
  return arbitraries[name];
}

describe.each(CONTRACT_NAMES)("any %s", (name) => {
  test("is the same after encoding and decoding", async () => {
    const codec = await codecOf(name);
    fc.assert(
      fc.property(anyOf(name), (value) => {
        expect(codec.decode(codec.encode(value))).toEqual(value);
      }),
    );
  });

  test("is written byte for byte as avsc writes it", async () => {
    const codec = await codecOf(name);
    // Not the product's own compiled type: the schema as any other program would read it.
    const type = avro.Type.forSchema(JSON.parse(contract(name).schema));
    fc.assert(
      fc.property(anyOf(name), (value) => {
        const body = codec.encode(value).subarray(FRAME_HEADER_BYTES);
        expect(Buffer.from(body).toString("hex")).toBe(type.toBuffer(value).toString("hex"));
      }),
    );
  });
});

describe("the frame", () => {
  test("is a zero byte and the schema id in big-endian order", async () => {
    const registry = new MemoryRegistry();
    for (let id = 1; id <= 0x0102; id++) registry.add(`"other ${id}"`);
    const codec = await codecOf("Positions", registry);
    const value = codec.encode(populated.Positions);
    expect([...value.subarray(0, FRAME_HEADER_BYTES)]).toEqual([0, 0, 0, 0x01, 0x03]);
  });

  test("names the codec's schema", async () => {
    const codec = await codecOf("QueueAssignment");
    expect(readSchemaId(codec.encode(populated.QueueAssignment))).toBe(codec.schemaId);
  });

  test("stands before a view of a larger buffer too", async () => {
    const codec = await codecOf("QueueAssignment");
    const larger = Buffer.concat([
      Buffer.from("before"),
      codec.encode(populated.QueueAssignment),
      Buffer.from("after"),
    ]);
    expect(codec.decode(larger.subarray(6, larger.length - 5))).toEqual(populated.QueueAssignment);
  });
});

describe("encoded values", () => {
  test("do not change when others are encoded after them", async () => {
    const codec = await codecOf("QueueAssignment");
    const values = Array.from({ length: 2_000 }, (_, sequence) => ({ ...populated.QueueAssignment, sequence }));
    const encoded = values.map((value) => codec.encode(value));
    expect(encoded.map((bytes) => codec.decode(bytes).sequence)).toEqual(values.map(({ sequence }) => sequence));
  });

  test.each([4_000, 4_096, 65_536, 1_000_000])("may hold a text of %i bytes", async (length) => {
    const codec = await codecOf("QueueAssignment");
    const value = { ...populated.QueueAssignment, reason: "r".repeat(length) };
    expect(codec.decode(codec.encode(value))).toEqual(value);
  });

  test("may be small again after a large one", async () => {
    const codec = await codecOf("QueueAssignment");
    codec.encode({ ...populated.QueueAssignment, reason: "r".repeat(300_000) });
    expect(codec.decode(codec.encode(populated.QueueAssignment))).toEqual(populated.QueueAssignment);
  });

  test("may hold many items", async () => {
    const codec = await codecOf("Positions");
    const positions = Array.from({ length: 20_000 }, (_, offset) => ({ topic: "a", partition: 0, offset }));
    expect(codec.decode(codec.encode({ checkpoint: 1, positions, counters: [] })).positions).toHaveLength(
      positions.length,
    );
  });
});

describe("a value that does not fit its contract is refused:", () => {
  const decision = populated.AssignmentDecision;
  const misfits: Readonly<Record<string, unknown>> = {
    "a field that is missing": { ...decision, eventId: undefined },
    "null where none is allowed": { ...decision, eventId: null },
    "a nullable field that is missing": { ...decision, revision: undefined },
    "a number for a text": { ...decision, reason: 5 },
    "a text for a number": { ...decision, occurredAt: "1646165676215" },
    "a text for a flag": { ...decision, diverged: "true" },
    "a flag that is missing": { ...decision, diverged: undefined },
    "a symbol the enum does not have": { ...decision, entity: "NOTE" },
    "a fraction": { ...decision, occurredAt: 1.5 },
    "a large fraction": { ...decision, occurredAt: 2 ** 40 + 0.5 },
    "not a number": { ...decision, occurredAt: Number.NaN },
    "a number beyond 2^53 - 2": { ...decision, occurredAt: 2 ** 53 - 1 },
    "a number below -(2^52)": { ...decision, occurredAt: -(2 ** 52) - 1 },
    "an int beyond 32 bits": { ...decision, ruleVersion: 2 ** 31 },
    "a record that is a text": { ...decision, version: "58" },
    "a record without one of its fields": { ...decision, target: { type: "QUEUE" } },
    nothing: undefined,
  };

  test.each(Object.entries(misfits))("%s", async (_what, value) => {
    const codec = await codecOf("AssignmentDecision");
    // What the compiler would refuse.
    expect(() => codec.encode(value as never)).toThrow(EncodeError);
  });

  test("a value larger than any record", async () => {
    const codec = await codecOf("QueueAssignment");
    const value = { ...populated.QueueAssignment, reason: "r".repeat(64 * 1024 * 1024 + 1) };
    expect(() => codec.encode(value)).toThrow(EncodeError);
  });

  test("and the error names the contract", async () => {
    const codec = await codecOf("QueueAssignment");
    expect(() => codec.encode({ ...populated.QueueAssignment, sequence: Number.NaN })).toThrow(/QueueAssignment/);
  });

  test("and the next value is encoded as if nothing had happened", async () => {
    const codec = await codecOf("QueueAssignment");
    expect(() => codec.encode({ ...populated.QueueAssignment, emittedAt: Number.NaN })).toThrow(EncodeError);
    expect(codec.decode(codec.encode(populated.QueueAssignment))).toEqual(populated.QueueAssignment);
  });
});
