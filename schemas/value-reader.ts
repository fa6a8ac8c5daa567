/** Reads a value behind a prefix, to the last byte. */
import type avro from "avsc";

/** The resolver of a writer's type; avsc does not export its type. */
export type Resolver = ReturnType<avro.Type["createResolver"]>;

/** Throws what avsc throws when the bytes are no such value, or an Error when they end too early or too late. */
export type ReadValue = (bytes: Uint8Array) => unknown;

/** @param resolver for values that another schema has written */
export function valueReader(type: avro.Type, prefixBytes: number, resolver?: Resolver): ReadValue {
  return (bytes) => {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const { value, offset } = type.decode(buffer, prefixBytes, resolver);
    if (offset < 0) throw new Error("truncated");
    if (offset !== buffer.length) throw new Error(`${buffer.length - offset} bytes too many`);
    return value;
  };
}
