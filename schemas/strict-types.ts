/** Types of avsc that read hostile or damaged bytes as an error, where avsc's own stall, end the process or misread. */
import avro from "avsc";

/** avsc's cursor over the bytes it reads. */
interface Tap {
  readonly buf: Uint8Array;
  readonly pos: number;
  readLong(): number;
}

declare module "avsc" {
  // What every type of avsc 5 has and its declarations leave out: reading and skipping a value at a cursor.
  interface Type {
    _read(tap: Tap): unknown;
    _skip(tap: Tap): void;
  }
}

/** What avsc takes for the largest long that is exact. */
export const MAX_LONG = 2 ** 53 - 2;
/** Below it avsc loses the lowest bit of the encoding, which is the sign: such a number comes out positive. */
export const MIN_LONG = -(2 ** 52);

const text = avro.Type.forSchema("string");

/** For the option `typeHook` of `avro.Type.forSchema`. */
export function strictType(schema: avro.Schema, options: avro.ForSchemaOptions): avro.Type | undefined {
  if (schema === "long") return strictLong;
  if (typeof schema !== "object" || !("type" in schema)) return undefined;
  if (schema.type === "long") return strictLong;
  if (schema.type === "array") return new StrictArray(schema, options);
  if (schema.type === "map") return new StrictMap(schema, options);
  return undefined;
}

class StrictLong extends avro.types.LongType {
  override _read(tap: Tap): number {
    const first = tap.buf[tap.pos] ?? 0;
    const value = tap.readLong();
    const signLost = value > 0 && first % 2 === 1;
    if (signLost || !(value >= MIN_LONG && value <= MAX_LONG)) throw new Error("a long that is not exact here");
    return value;
  }
}

const strictLong = new StrictLong();

/**
 * avsc allocates and loops as often as a count says, past the end of the bytes: five damaged bytes end the process
 * ("invalid table size"), and in a field that is skipped they stall it.
 */
class StrictArray extends avro.types.ArrayType {
  override _read(tap: Tap): unknown[] {
    // Also runs with a resolver as `this`, which reads the items of a writer as the reader's.
    const { itemsType } = this;
    const items: unknown[] = [];
    for (let count = readCount(tap); count > 0; count = readCount(tap)) {
      for (; count > 0; count--) items.push(itemsType._read(tap));
    }
    return items;
  }

  override _skip(tap: Tap): void {
    for (let count = readCount(tap); count > 0; count = readCount(tap)) {
      for (; count > 0; count--) this.itemsType._skip(tap);
    }
  }
}

/** No contract has a map: they are only ever skipped, in values of other writers. */
class StrictMap extends avro.types.MapType {
  override _skip(tap: Tap): void {
    for (let count = readCount(tap); count > 0; count = readCount(tap)) {
      for (; count > 0; count--) {
        text._skip(tap);
        this.valuesType._skip(tap);
      }
    }
  }
}

/** The number of items in the next block of an array or map; 0 at its end. An item takes at least one byte. */
function readCount(tap: Tap): number {
  const count = tap.readLong();
  // A negative count is followed by the size of the block in bytes, for readers that jump over it.
  if (count < 0) tap.readLong();
  const items = Math.abs(count);
  const bytes = tap.buf.length - tap.pos;
  // Also false for what is no number; past the end the cursor reads zeros, which end the array.
  if (items !== 0 && !(items <= bytes)) throw new Error(`a count of ${items} items, with ${bytes} bytes left`);
  return items;
}
