/** Reads what a live application has written, with its schemas; registers none. */
import {
  type AssignmentRow,
  assignmentRowCodec,
  ContractCodec,
  type ContractName,
  type QueueAssignment,
  type SchemaRegistry,
} from "../../schemas/index.js";
import type { TopicCodecs } from "../task/index.js";

/** No value is framed with it: the codecs are for reading. */
const NO_SCHEMA_ID = -1;

export class LiveReadings {
  private constructor(
    private readonly registry: SchemaRegistry,
    private readonly syncRecords: ContractCodec<"QueueAssignment">,
  ) {}

  /** @param registry the live application's */
  static async open(registry: SchemaRegistry): Promise<LiveReadings> {
    const reading: SchemaRegistry = {
      register: async () => NO_SCHEMA_ID,
      schemaById: (id) => registry.schemaById(id),
    };
    return new LiveReadings(reading, await ContractCodec.open("QueueAssignment", "", reading));
  }

  /** By topic. */
  async codecs(contracts: Readonly<Record<string, ContractName>>): Promise<TopicCodecs> {
    const codecs = new Map<string, ContractCodec<ContractName>>();
    for (const [topic, name] of Object.entries(contracts))
      codecs.set(topic, await ContractCodec.open(name, "", this.registry));
    return codecs;
  }

  /** @throws RowFormatError */
  row(bytes: Uint8Array): AssignmentRow {
    return assignmentRowCodec.decode(bytes);
  }

  /** @throws DecodeError, SchemaRegistryError */
  async syncRecord(value: Uint8Array): Promise<QueueAssignment> {
    const unknown = this.syncRecords.unknownSchemaId(value);
    if (unknown !== null) await this.syncRecords.learn(unknown);
    return this.syncRecords.decode(value);
  }
}
