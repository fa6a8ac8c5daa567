/** Encodes a contract's values behind a prefix. One writer serves every call: encoding is synchronous. */
import { AvroWriter, EncodeError } from "./avro-writer.js";
import type { ContractName, ContractTypes } from "./types.js";
import { WRITERS, type Write } from "./writers.js";

const writer = new AvroWriter();

/** Gives the bytes of a value behind `prefixBytes` bytes, which the caller fills in. */
export type Encode<Name extends ContractName> = (value: ContractTypes[Name], prefixBytes: number) => Buffer;

/**
 * The encoder of a contract. It throws EncodeError when a value does not fit, or is too large.
 * @param write another way of writing it than the present one
 */
export function encoderOf<Name extends ContractName>(
  name: Name,
  write: Write<ContractTypes[Name]> = WRITERS[name],
): Encode<Name> {
  return (value, prefixBytes) => {
    try {
      writer.begin(prefixBytes);
      write(writer, value);
      return writer.end();
    } catch (cause) {
      writer.abandon();
      if (cause instanceof EncodeError) throw new EncodeError(`not a ${name}: ${cause.message}`, { cause });
      throw new EncodeError(`not a ${name}: ${String(cause)}`, { cause });
    }
  };
}
