/** The door of the schemas. */

export { EncodeError } from "./avro-writer.js";
export { ContractCodec } from "./codec.js";
export { CONTRACT_NAMES, type Contract, compileSchema, contract, contractFile } from "./contracts.js";
export {
  ContractDecoder,
  DecodeError,
  type SchemaSource,
  UnknownSchemaIdError,
  UnusableSchemaError,
} from "./decoder.js";
export { LocalSchemaRegistry } from "./registry/local.js";
export { type SchemaRegistry, SchemaRegistryError } from "./registry/port.js";
export { assignmentRowCodec, positionsCodec, type RowCodec, RowFormatError } from "./row.js";
export * from "./types.js";
export { compareVersions, DELETION_BASIS, sameTarget, versionSortKey } from "./version.js";
export { FRAME_HEADER_BYTES, readSchemaId, WireFormatError, writeFrameHeader } from "./wire.js";
