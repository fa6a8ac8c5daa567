/** Bytes that a damaged disk or another program made up: an error of the codec, soon, whatever they are. */
import avro from "avsc";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ContractCodec,
  contract,
  DecodeError,
  FRAME_HEADER_BYTES,
  positionsCodec,
  RowFormatError,
  writeFrameHeader,
} from "../../schemas/index.js";
import { MemoryRegistry } from "./registry/memory-registry.js";
import { populated } from "./samples.js";

/** An array's count in Avro: zigzag, seven bits a byte. */
const COUNTS: Readonly<Record<string, readonly number[]>> = {
  "2^20 items": [0x80, 0x80, 0x80, 0x01],
  "2^27 items": [0x80, 0x80, 0x80, 0x80, 0x01],
  "2^31 items": [0x80, 0x80, 0x80, 0x80, 0x10],
  "2^52 items": [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10],
  "as many items as there are numbers": Array<number>(200).fill(0xff),
  "-2^31 items in a block of 2 bytes": [0xff, 0xff, 0xff, 0xff, 0x0f, 0x04],
};

describe("a count that is larger than what follows is refused:", () => {
  test.each(Object.entries(COUNTS))("%s in a row", (_what, count) => {
    const checkpoint = 0;
    expect(() => positionsCodec.decode(Uint8Array.from([1, checkpoint, ...count]))).toThrow(RowFormatError);
  });

  test("2^52 items in a further block of a row", () => {
    const bytes = positionsCodec.encode(populated.Positions);
    const furtherBlock = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10];
    expect(() => positionsCodec.decode(Uint8Array.from([...bytes.slice(0, -1), ...furtherBlock]))).toThrow(
      RowFormatError,
    );
  });

  /** A work-item event of a program whose schema begins with a field that the contract does not have. */
  async function withSkipped(type: unknown, skipped: readonly number[]) {
    const registry = new MemoryRegistry();
    const codec = await ContractCodec.open("WorkItemEvent", "work-item-events-value", registry);
    const schema = JSON.parse(contract("WorkItemEvent").schema) as { fields: unknown[] };
    const id = registry.add(JSON.stringify({ ...schema, fields: [{ name: "extra", type }, ...schema.fields] }));
    await codec.learn(id);
    const body = codec.encode(populated.WorkItemEvent).subarray(FRAME_HEADER_BYTES);
    const bytes = Buffer.concat([Buffer.alloc(FRAME_HEADER_BYTES), Buffer.from(skipped), body]);
    writeFrameHeader(bytes, id);
    return { codec, bytes };
  }

  test.each(Object.entries(COUNTS))("%s in an array that is skipped", async (_what, count) => {
    const { codec, bytes } = await withSkipped({ type: "array", items: "null" }, count);
    expect(() => codec.decode(bytes)).toThrow(DecodeError);
  });

  test.each(Object.entries(COUNTS))("%s in a map that is skipped", async (_what, count) => {
    const { codec, bytes } = await withSkipped({ type: "map", values: "null" }, count);
    expect(() => codec.decode(bytes)).toThrow(DecodeError);
  });

  test("a block that leads back to its own beginning", async () => {
    const [minusOneItem, minusTwoBytes] = [0x01, 0x03];
    const { codec, bytes } = await withSkipped({ type: "array", items: "string" }, [minusOneItem, minusTwoBytes]);
    expect(() => codec.decode(bytes)).toThrow(DecodeError);
  });

  test("but arrays and maps that are whole are skipped", async () => {
    const labels = avro.Type.forSchema({ type: "map", values: { type: "array", items: "string" } });
    const { codec, bytes } = await withSkipped({ type: "map", values: { type: "array", items: "string" } }, [
      ...labels.toBuffer({ a: ["b", "c"], d: [] }),
    ]);
    expect(codec.decode(bytes)).toEqual(populated.WorkItemEvent);
  });
});

describe("an array in several blocks, as other writers may cut it, is read", () => {
  const [one, two] = [1, 2].map((offset) => ({ topic: "a", partition: 0, offset }));
  const item = (offset: number) => [0x02, 0x61, 0x00, offset * 2];

  test("with counts", () => {
    const bytes = [1, 0, 0x02, ...item(1), 0x02, ...item(2), 0, 0];
    expect(positionsCodec.decode(Uint8Array.from(bytes)).positions).toEqual([one, two]);
  });

  test("with the sizes of the blocks", () => {
    const bytes = [1, 0, 0x03, 0x08, ...item(1), ...item(2), 0, 0];
    expect(positionsCodec.decode(Uint8Array.from(bytes)).positions).toEqual([one, two]);
  });
});

test("any bytes behind a frame are a value or a DecodeError", async () => {
  const codec = await ContractCodec.open("ConversationEvent", "conversation-events-value", new MemoryRegistry());
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (body) => {
      const bytes = Buffer.concat([Buffer.alloc(FRAME_HEADER_BYTES), body]);
      writeFrameHeader(bytes, codec.schemaId);
      try {
        codec.decode(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError);
      }
    }),
    { numRuns: 2_000 },
  );
});
