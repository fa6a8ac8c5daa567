/** Decoding values of other writers: their schemas are learned once per id, and what cannot be read is an error. */
import avro from "avsc";
import { beforeAll, describe, expect, test } from "vitest";
import {
  ContractCodec,
  contract,
  DecodeError,
  FRAME_HEADER_BYTES,
  SchemaRegistryError,
  UnknownSchemaIdError,
  WireFormatError,
  writeFrameHeader,
} from "../../schemas/index.js";
import { MemoryRegistry } from "./registry/memory-registry.js";
import { populated } from "./samples.js";

const event = populated.WorkItemEvent;

async function open() {
  const registry = new MemoryRegistry();
  const codec = await ContractCodec.open("WorkItemEvent", "work-item-events-value", registry);
  return { registry, codec };
}

/** The contract's schema with its fields changed, as an older or newer program would register it. */
function otherSchema(change: (fields: SchemaField[]) => SchemaField[]): string {
  const schema = JSON.parse(contract("WorkItemEvent").schema) as { fields: SchemaField[] };
  return JSON.stringify({ ...schema, fields: change(schema.fields) });
}
interface SchemaField {
  readonly name: string;
  readonly type: unknown;
}

/** A value as a program writes it that has only avsc. */
function written(schemaId: number, schema: string, value: unknown): Buffer {
  const body = avro.Type.forSchema(JSON.parse(schema)).toBuffer(value);
  const bytes = Buffer.concat([Buffer.alloc(FRAME_HEADER_BYTES), body]);
  writeFrameHeader(bytes, schemaId);
  return bytes;
}

const withoutTrace = otherSchema((fields) => fields.filter(({ name }) => name !== "traceId"));
const numericRevision = otherSchema((fields) =>
  fields.map((field) => (field.name === "revision" ? { ...field, type: "string" } : field)),
);

describe("framing", () => {
  test.each([
    ["nothing", []],
    ["fewer bytes than a frame", [0, 0, 0, 1]],
    ["another magic byte", [1, 0, 0, 0, 1, 2]],
    ["JSON", [...Buffer.from('{"source":"kustomer"}')]],
  ])("%s is a DecodeError", async (_what, bytes) => {
    const { codec } = await open();
    expect(() => codec.decode(Uint8Array.from(bytes))).toThrow(DecodeError);
  });

  test("a value that is not framed names no schema to learn", async () => {
    const { codec } = await open();
    expect(codec.unknownSchemaId(Buffer.from("{}"))).toBeNull();
  });

  test("an id above 2^31 - 1 is read as it stands", async () => {
    const { codec } = await open();
    expect(codec.unknownSchemaId(Uint8Array.from([0, 0xff, 0xff, 0xff, 0xff]))).toBe(0xffffffff);
  });

  test.each([-1, 1.5, 2 ** 31, Number.NaN])("the id %d cannot be written", (id) => {
    expect(() => writeFrameHeader(Buffer.alloc(FRAME_HEADER_BYTES), id)).toThrow(RangeError);
  });

  test("a DecodeError of the frame keeps its cause", async () => {
    const { codec } = await open();
    expect(() => codec.decode(Uint8Array.from([1, 0, 0, 0, 1]))).toThrow(
      expect.objectContaining({ cause: expect.any(WireFormatError) }),
    );
  });
});

describe("the body", () => {
  test("cut anywhere is a DecodeError", async () => {
    const { codec } = await open();
    const bytes = codec.encode(event);
    for (let length = FRAME_HEADER_BYTES; length < bytes.length; length++) {
      expect(() => codec.decode(bytes.subarray(0, length)), `${length} bytes`).toThrow(DecodeError);
    }
  });

  test("with a byte too many is a DecodeError", async () => {
    const { codec } = await open();
    expect(() => codec.decode(Buffer.concat([codec.encode(event), Buffer.alloc(1)]))).toThrow(/1 bytes too many/);
  });

  test("with a branch that the union does not have is a DecodeError", async () => {
    const { codec } = await open();
    const bytes = codec.encode({ ...event, traceId: null });
    bytes[bytes.length - 1] = 4;
    expect(() => codec.decode(bytes)).toThrow(DecodeError);
  });

  test("may hold negative numbers: the contract's limits are the processor's", async () => {
    const { codec } = await open();
    expect(codec.decode(codec.encode({ ...event, revision: -1 })).revision).toBe(-1);
  });
});

describe("a long that JavaScript cannot hold is a DecodeError, not another number:", () => {
  /** The event as a Java program writes it: the revision with all 64 bits, zigzag, seven bits a byte. */
  function withRevision(codec: ContractCodec<"WorkItemEvent">, revision: bigint): Buffer {
    const [five, six] = [codec.encode({ ...event, revision: 5 }), codec.encode({ ...event, revision: 6 })];
    const place = five.findIndex((byte, index) => byte !== six[index]);
    const bytes: number[] = [];
    let rest = revision < 0n ? -revision * 2n - 1n : revision * 2n;
    for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
    return Buffer.concat([five.subarray(0, place), Buffer.from([...bytes, Number(rest)]), five.subarray(place + 1)]);
  }

  test.each([
    2n ** 53n - 1n,
    2n ** 53n,
    2n ** 53n + 1n,
    2n ** 62n,
    2n ** 63n - 1n,
    -(2n ** 52n) - 1n,
    -(2n ** 53n) + 2n,
    -(2n ** 53n),
    -(2n ** 63n),
  ])("%s", async (revision) => {
    const { codec } = await open();
    expect(() => codec.decode(withRevision(codec, revision))).toThrow(DecodeError);
  });

  test.each([2n ** 53n - 2n, -(2n ** 52n), 0n])("but %s is read as it is", async (revision) => {
    const { codec } = await open();
    expect(BigInt(codec.decode(withRevision(codec, revision)).revision)).toBe(revision);
  });
});

describe("a writer's schema", () => {
  test("must be learned before its values are decoded", async () => {
    const { registry, codec } = await open();
    const bytes = written(registry.add(withoutTrace), withoutTrace, event);
    expect(() => codec.decode(bytes)).toThrow(UnknownSchemaIdError);
  });

  test("that is older gives the fields added since their defaults", async () => {
    const { registry, codec } = await open();
    const id = registry.add(withoutTrace);
    await codec.learn(id);
    expect(codec.decode(written(id, withoutTrace, event))).toEqual({ ...event, traceId: null });
  });

  test("that is newer may have fields that are skipped", async () => {
    const { registry, codec } = await open();
    const newer = otherSchema((fields) => [{ name: "labels", type: { type: "array", items: "string" } }, ...fields]);
    const id = registry.add(newer);
    await codec.learn(id);
    expect(codec.decode(written(id, newer, { ...event, labels: ["a", "b"] }))).toEqual(event);
  });

  test("that has an int where the contract has a long is read", async () => {
    const { registry, codec } = await open();
    const narrow = otherSchema((fields) =>
      fields.map((field) => (field.name === "revision" ? { ...field, type: "int" } : field)),
    );
    const id = registry.add(narrow);
    await codec.learn(id);
    expect(codec.decode(written(id, narrow, event))).toEqual(event);
  });

  test("is asked for once, and unknown until then", async () => {
    const { registry, codec } = await open();
    const id = registry.add(withoutTrace);
    const bytes = written(id, withoutTrace, event);
    const before = codec.unknownSchemaId(bytes);
    await codec.learn(id);
    expect([before, codec.unknownSchemaId(bytes), registry.asked]).toEqual([id, null, [id]]);
  });

  test("that cannot be read as the contract is remembered as such", async () => {
    const { registry, codec } = await open();
    const id = registry.add(numericRevision);
    const bytes = written(id, numericRevision, { ...event, revision: "3" });
    await codec.learn(id);
    expect(codec.unknownSchemaId(bytes)).toBeNull();
    expect(() => codec.decode(bytes)).toThrow(new RegExp(`schema ${id} cannot be read as WorkItemEvent`));
  });

  test("that is no Avro at all is remembered as such", async () => {
    const { registry, codec } = await open();
    const id = registry.add("syntax = proto3");
    await codec.learn(id);
    expect(() => codec.decode(Uint8Array.from([0, 0, 0, 0, id, 1]))).toThrow(DecodeError);
  });

  test("that the registry does not have is remembered as such", async () => {
    const { codec } = await open();
    await codec.learn(77);
    expect(() => codec.decode(Uint8Array.from([0, 0, 0, 0, 77, 1]))).toThrow(/no Avro schema with id 77/);
  });

  test("is not remembered when the registry is out of reach", async () => {
    const { registry, codec } = await open();
    registry.outOfReach = true;
    await expect(codec.learn(77)).rejects.toThrow(SchemaRegistryError);
    expect(codec.unknownSchemaId(Uint8Array.from([0, 0, 0, 0, 77]))).toBe(77);
  });
});

describe("a codec keeps a bounded number of schemas:", () => {
  const MANY = 1_000;

  describe("after as many as it keeps, and one more", () => {
    const registry = new MemoryRegistry();
    const first = registry.add(withoutTrace);
    const bytes = written(first, withoutTrace, event);
    let codec: ContractCodec<"WorkItemEvent">;

    beforeAll(async () => {
      codec = await ContractCodec.open("WorkItemEvent", "work-item-events-value", registry);
      await codec.learn(first);
      for (let index = 0; index < MANY; index++) {
        await codec.learn(registry.add(otherSchema((fields) => [{ name: `extra${index}`, type: "null" }, ...fields])));
      }
    }, 60_000);

    test("the one learned first is forgotten", () => {
      expect(codec.unknownSchemaId(bytes)).toBe(first);
    });

    test("its own is not", () => {
      expect(codec.decode(codec.encode(event))).toEqual(event);
    });

    test("a forgotten one can be learned again", async () => {
      await codec.learn(first);
      expect(codec.decode(bytes).eventId).toBe(event.eventId);
    });
  });

  test("ids that name nothing do not push out a reader", async () => {
    const { registry, codec } = await open();
    const id = registry.add(withoutTrace);
    await codec.learn(id);
    for (let index = 0; index < 2 * MANY; index++) await codec.learn(10_000 + index);
    expect(codec.decode(written(id, withoutTrace, event)).eventId).toBe(event.eventId);
  });

  test("ids that name nothing are forgotten in their turn", async () => {
    const { codec } = await open();
    for (let index = 0; index < MANY + 1; index++) await codec.learn(10_000 + index);
    const frame = Buffer.alloc(FRAME_HEADER_BYTES);
    writeFrameHeader(frame, 10_000);
    expect(codec.unknownSchemaId(frame)).toBe(10_000);
  });
});

test("a codec that is held without its name gives values of that contract only", async () => {
  const { codec } = await open();
  expect(codec.decodeAs("WorkItemEvent", codec.encode(event))).toEqual(event);
  expect(() => codec.decodeAs("QueueAssignment", codec.encode(event))).toThrow(TypeError);
});
