/** Framed bytes as values of one contract, whatever schema wrote them. Schemas are resolved once per id, so decoding is synchronous. */
import type avro from "avsc";
import { compileSchema, contract } from "./contracts.js";
import type { SchemaSource } from "./registry/port.js";
import type { ContractName, ContractTypes } from "./types.js";
import { type ReadValue, valueReader } from "./value-reader.js";
import { FRAME_HEADER_BYTES, readSchemaId, WireFormatError } from "./wire.js";

/** A framed value cannot be read as its contract. */
export class DecodeError extends Error {
  override readonly name: string = "DecodeError";
}

/** The schema id of a value has not been resolved yet: call `learn` with it first. */
export class UnknownSchemaIdError extends DecodeError {
  constructor(readonly schemaId: number) {
    super(`schema id ${schemaId} has not been resolved`);
  }
}

/** The schema of a value is not there, or cannot be read as the contract. */
export class UnusableSchemaError extends DecodeError {
  constructor(
    readonly schemaId: number,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** How many writers' schemas are kept, and how many that cannot be read: ids come from the outside and cost memory. */
const MAX_KEPT_SCHEMAS = 1_000;

export class ContractDecoder<Name extends ContractName> {
  private readonly type: avro.Type;
  private readonly readers = new Map<number, ReadValue>();
  /** Kept apart, so that ids which name nothing never push out a reader between its learning and its use. */
  private readonly unreadable = new Map<number, DecodeError>();

  /** @param ownSchemaId the id of the contract's own schema, where it is known; it is never forgotten */
  constructor(
    readonly name: Name,
    private readonly schemas: SchemaSource,
    private readonly ownSchemaId: number | null = null,
  ) {
    this.type = contract(name).type;
    if (ownSchemaId !== null) this.readers.set(ownSchemaId, valueReader(this.type, FRAME_HEADER_BYTES));
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
    const schema = await this.schemas.schemaById(schemaId);
    const resolved = this.resolve(schemaId, schema);
    if (resolved instanceof DecodeError) this.keep(this.unreadable, schemaId, resolved);
    else this.keep(this.readers, schemaId, resolved);
  }

  /**
   * The value of framed bytes.
   * @throws UnknownSchemaIdError before {@link learn}; UnusableSchemaError when its schema is not there or does not fit; DecodeError
   * when the bytes are not a value of the contract.
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

  private resolve(schemaId: number, schema: string | null): ReadValue | DecodeError {
    if (schema === null)
      return new UnusableSchemaError(schemaId, `the registry has no Avro schema with id ${schemaId}`);
    try {
      const writer = compileSchema(schema);
      return valueReader(this.type, FRAME_HEADER_BYTES, this.type.createResolver(writer));
    } catch (cause) {
      const what = `schema ${schemaId} cannot be read as ${this.name}: ${messageOf(cause)}`;
      return new UnusableSchemaError(schemaId, what, { cause });
    }
  }

  /** Forgets the one learned first when there are too many, but never the contract's own. */
  private keep<Value>(kept: Map<number, Value>, schemaId: number, value: Value): void {
    if (kept.size >= MAX_KEPT_SCHEMAS) {
      const oldest = [...kept.keys()].find((id) => id !== this.ownSchemaId);
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
