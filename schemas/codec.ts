/** Values of one contract as framed bytes. Schemas are resolved once per id, so encoding and decoding are synchronous. */
import type avro from "avsc";
import { compileSchema, contract } from "./contracts.js";
import { type Encode, encoderOf } from "./encoder.js";
import type { SchemaRegistry } from "./registry/port.js";
import type { ContractName, ContractTypes } from "./types.js";
import { type ReadValue, valueReader } from "./value-reader.js";
import { FRAME_HEADER_BYTES, readSchemaId, WireFormatError, writeFrameHeader } from "./wire.js";

/** A framed value cannot be read as its contract. */
export class DecodeError extends Error {
  override readonly name = "DecodeError";
}

/** The schema id of a value has not been resolved yet: call {@link ContractCodec.learn} with it first. */
export class UnknownSchemaIdError extends DecodeError {
  constructor(readonly schemaId: number) {
    super(`schema id ${schemaId} has not been resolved`);
  }
}

/** How many writers' schemas a codec keeps, and how many that it cannot read: ids come from the outside and cost memory. */
const MAX_KEPT_SCHEMAS = 1_000;

export class ContractCodec<Name extends ContractName> {
  private readonly type: avro.Type;
  private readonly encodeBody: Encode<Name>;
  private readonly readers = new Map<number, ReadValue>();
  /** Kept apart, so that ids which name nothing never push out a reader between its learning and its use. */
  private readonly unreadable = new Map<number, DecodeError>();

  private constructor(
    readonly name: Name,
    readonly schemaId: number,
    private readonly registry: SchemaRegistry,
  ) {
    this.type = contract(name).type;
    this.encodeBody = encoderOf(name);
    this.readers.set(schemaId, valueReader(this.type, FRAME_HEADER_BYTES));
  }

  /**
   * Registers the contract's schema under `subject` and gives its codec.
   * @throws SchemaRegistryError when the registry cannot be reached or refuses the schema.
   */
  static async open<Name extends ContractName>(
    name: Name,
    subject: string,
    registry: SchemaRegistry,
  ): Promise<ContractCodec<Name>> {
    const schemaId = await registry.register(subject, contract(name).schema);
    return new ContractCodec(name, schemaId, registry);
  }

  /** The framed bytes of a value. @throws EncodeError when the value does not fit the contract. */
  encode(value: ContractTypes[Name]): Buffer {
    const bytes = this.encodeBody(value, FRAME_HEADER_BYTES);
    writeFrameHeader(bytes, this.schemaId);
    return bytes;
  }

  /** The schema id that must be learned before `value` can be decoded; `null` when there is none. */
  unknownSchemaId(value: Uint8Array): number | null {
    try {
      const id = readSchemaId(value);
      return this.readers.has(id) || this.unreadable.has(id) ? null : id;
    } catch (error) {
      if (error instanceof WireFormatError) return null;
      throw error;
    }
  }

  /**
   * Resolves a writer's schema. A schema that the registry does not have, or that cannot be read as this contract, is
   * remembered as such: decoding a value of it throws.
   * @throws SchemaRegistryError when the registry cannot be reached.
   */
  async learn(schemaId: number): Promise<void> {
    const schema = await this.registry.schemaById(schemaId);
    const resolved = this.resolve(schemaId, schema);
    if (resolved instanceof DecodeError) this.keep(this.unreadable, schemaId, resolved);
    else this.keep(this.readers, schemaId, resolved);
  }

  /**
   * The value of framed bytes.
   * @throws UnknownSchemaIdError before {@link learn}; DecodeError when the bytes are not a value of the contract.
   */
  decode(value: Uint8Array): ContractTypes[Name] {
    const schemaId = schemaIdOf(value);
    const reader = this.readers.get(schemaId);
    if (reader === undefined) throw this.unreadable.get(schemaId) ?? new UnknownSchemaIdError(schemaId);
    try {
      return reader(value) as ContractTypes[Name];
    } catch (cause) {
      throw new DecodeError(`not a ${this.name}: ${messageOf(cause)}`, { cause });
    }
  }

  /** As {@link decode}, for a codec that is held without its name. @throws TypeError when it is that of another contract. */
  decodeAs<Wanted extends ContractName>(name: Wanted, value: Uint8Array): ContractTypes[Wanted] {
    if ((this.name as ContractName) !== name)
      throw new TypeError(`expected a codec of ${name}, got one of ${this.name}`);
    return this.decode(value) as ContractTypes[ContractName] as ContractTypes[Wanted];
  }

  private resolve(schemaId: number, schema: string | null): ReadValue | DecodeError {
    if (schema === null) return new DecodeError(`the registry has no Avro schema with id ${schemaId}`);
    try {
      const writer = compileSchema(schema);
      return valueReader(this.type, FRAME_HEADER_BYTES, this.type.createResolver(writer));
    } catch (cause) {
      return new DecodeError(`schema ${schemaId} cannot be read as ${this.name}: ${messageOf(cause)}`, { cause });
    }
  }

  /** Forgets the one learned first when there are too many, but never the codec's own. */
  private keep<Value>(kept: Map<number, Value>, schemaId: number, value: Value): void {
    if (kept.size >= MAX_KEPT_SCHEMAS) {
      const oldest = [...kept.keys()].find((id) => id !== this.schemaId);
      if (oldest !== undefined) kept.delete(oldest);
    }
    kept.set(schemaId, value);
  }
}

function schemaIdOf(value: Uint8Array): number {
  try {
    return readSchemaId(value);
  } catch (cause) {
    throw new DecodeError(messageOf(cause), { cause });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
