/** The door of the schemas. */

export { ContractCodec } from "./codec.js";
export { CONTRACT_NAMES, type Contract, compileSchema, contract, contractFile, releasedSchema } from "./contracts.js";
export {
  ContractDecoder,
  DecodeError,
  UnknownSchemaIdError,
  UnusableSchemaError,
} from "./decoder.js";
export { EncodeError } from "./encode-error.js";
export { LocalSchemaRegistry } from "./registry/local.js";
export { type SchemaRegistry, SchemaRegistryError, type SchemaSource } from "./registry/port.js";
export {
  assignmentRowCodec,
  assignmentRowCodecFor,
  positionsCodec,
  type RowCodec,
  RowFormatError,
} from "./row.js";
export * from "./types.js";
export { compareVersions, DELETION_BASIS, sameTarget, versionSortKey } from "./version.js";
export { FRAME_HEADER_BYTES, readSchemaId, WireFormatError, writeFrameHeader } from "./wire.js";
