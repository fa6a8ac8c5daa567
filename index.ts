/**
 * The package's main entry, `queue-ratchet`: the contracts and the decision rule, for programs that write the joined topics, read any
 * topic of the product, or decide by themselves. Nothing here opens a connection but a registry that is asked to, and no Kafka client
 * is loaded. Consumers of the sync topic take `queue-ratchet/consumer`.
 */

/** The rule, as a pure function: what a body says, and what follows from an event. */
export {
  type Decided,
  type Decision,
  type DecisionContext,
  decideConversation,
  decideWorkItem,
  emptyRow,
  type Reading,
  type ReadingOptions,
  RULE_VERSION,
  readBody,
} from "./processors/index.js";
/** The partition of a key, as Kafka's own Java client computes it. */
export { partitionFor } from "./runtime/records/partitioner.js";
/** The contracts as framed bytes. */
export { ContractCodec } from "./schemas/codec.js";
export { ContractDecoder, DecodeError, UnknownSchemaIdError, UnusableSchemaError } from "./schemas/decoder.js";
export { EncodeError } from "./schemas/encode-error.js";
export { ConfluentSchemaRegistry, type ConfluentSchemaRegistryOptions } from "./schemas/registry/confluent.js";
export { type SchemaRegistry, SchemaRegistryError, type SchemaSource } from "./schemas/registry/port.js";
/** The shapes of all records, and the key of a conversation. */
export * from "./schemas/types.js";
/** The order of versions. */
export { compareVersions, DELETION_BASIS, sameTarget, versionSortKey } from "./schemas/version.js";
