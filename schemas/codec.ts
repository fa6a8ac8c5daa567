/** Values of one contract as framed bytes, both ways. */
import { contract } from "./contracts.js";
import { ContractDecoder } from "./decoder.js";
import { type Encode, encoderOf } from "./encoder.js";
import type { SchemaRegistry } from "./registry/port.js";
import type { ContractName, ContractTypes } from "./types.js";
import { FRAME_HEADER_BYTES, writeFrameHeader } from "./wire.js";

export class ContractCodec<Name extends ContractName> extends ContractDecoder<Name> {
  private readonly encodeBody: Encode<Name>;

  private constructor(
    name: Name,
    readonly schemaId: number,
    registry: SchemaRegistry,
  ) {
    super(name, registry, schemaId);
    this.encodeBody = encoderOf(name);
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
  encode(value: ContractTypes[Name]): Uint8Array {
    const bytes = this.encodeBody(value, FRAME_HEADER_BYTES);
    writeFrameHeader(bytes, this.schemaId);
    return bytes;
  }

  /** As {@link decode}, for a codec that is held without its name. @throws TypeError when it is that of another contract. */
  decodeAs<Wanted extends ContractName>(name: Wanted, value: Uint8Array): ContractTypes[Wanted] {
    if ((this.name as ContractName) !== name)
      throw new TypeError(`expected a codec of ${name}, got one of ${this.name}`);
    return this.decode(value) as ContractTypes[ContractName] as ContractTypes[Wanted];
  }
}
