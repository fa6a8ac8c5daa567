/** The door of the schemas. */

export { EncodeError } from "./avro-writer.js";
export { ContractCodec, DecodeError, UnknownSchemaIdError } from "./codec.js";
export { CONTRACT_NAMES, type Contract, compileSchema, contract, contractFile, releasedSchema } from "./contracts.js";
export { LocalSchemaRegistry } from "./registry/local.js";
export { type SchemaRegistry, SchemaRegistryError } from "./registry/port.js";
export {
  assignmentRowCodec,
  assignmentRowCodecFor,
  positionsCodec,
  type RowCodec,
  RowFormatError,
} from "./row.js";
export * from "./types.js";
export { FRAME_HEADER_BYTES, readSchemaId, WireFormatError, writeFrameHeader } from "./wire.js";
