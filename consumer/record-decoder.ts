/** Records of the sync topic as typed records. Schemas are learned before a batch is decoded; a registry that is away is waited for. */
import { setTimeout as delay } from "node:timers/promises";
import type { Page } from "../runtime/kafka/wire/index.js";
import {
  ContractDecoder,
  conversationKey,
  DecodeError,
  type QueueAssignment,
  SchemaRegistryError,
  type SchemaSource,
  type Target,
  UnusableSchemaError,
  type Version,
} from "../schemas/index.js";
import { ConsumerError, RegistryUnreachableError, UnknownSchemaError, UnreadableRecordError } from "./errors.js";
import type { AssignmentRecord, RecordPlace } from "./record.js";

type RawRecord = Page["records"][number];

/** A record with a null value. */
export interface Tombstone {
  readonly kind: "tombstone";
  readonly place: RecordPlace;
  readonly key: string | null;
}

export type Decoded = { readonly kind: "record"; readonly record: AssignmentRecord } | Tombstone;

export interface DecodedBatch {
  readonly decoded: readonly Decoded[];
  /** UnknownSchemaError or UnreadableRecordError of the record behind the decoded ones; null when all could be read. */
  readonly unreadable: ConsumerError | null;
}

const REGISTRY_PAUSE_MS = 1_000;
const REPUBLISHED_HEADER = "republished";

export class RecordDecoder {
  readonly #decoder: ContractDecoder<"QueueAssignment">;
  readonly #topic: string;
  readonly #registryTimeoutMs: number;
  readonly #log: (level: "warn", message: string) => void;

  constructor(
    schemas: SchemaSource,
    settings: {
      readonly topic: string;
      readonly registryTimeoutMs: number;
      readonly log: (level: "warn", message: string) => void;
    },
  ) {
    this.#decoder = new ContractDecoder("QueueAssignment", schemas);
    this.#topic = settings.topic;
    this.#registryTimeoutMs = settings.registryTimeoutMs;
    this.#log = settings.log;
  }

  /**
   * In the order given, up to the first that cannot be read: those before it are to be applied first.
   * @param goesOn whether a registry that is away is still waited for
   * @throws RegistryUnreachableError; what the registry's own port throws otherwise
   */
  async decode(partition: number, records: readonly RawRecord[], goesOn: () => boolean): Promise<DecodedBatch> {
    const decoded: Decoded[] = [];
    for (const record of records) {
      const unknown = record.value === null ? null : this.#decoder.unknownSchemaId(record.value);
      if (unknown !== null) await this.#learn(unknown, goesOn);
      const place = { topic: this.#topic, partition, offset: record.offset };
      try {
        decoded.push(this.#decodeOne(place, record));
      } catch (error) {
        if (error instanceof ConsumerError) return { decoded, unreadable: error };
        throw error;
      }
    }
    return { decoded, unreadable: null };
  }

  async #learn(schemaId: number, goesOn: () => boolean): Promise<void> {
    const untilMs = performance.now() + this.#registryTimeoutMs;
    for (;;) {
      try {
        return await this.#decoder.learn(schemaId);
      } catch (error) {
        if (!(error instanceof SchemaRegistryError)) throw error;
        if (performance.now() >= untilMs || !goesOn())
          throw new RegistryUnreachableError(`schema ${schemaId} of ${this.#subject}: ${error.message}`, {
            cause: error,
          });
        this.#log("warn", `the schema registry is needed and cannot be asked: this is tried again: ${error.message}`);
        await delay(REGISTRY_PAUSE_MS);
      }
    }
  }

  #decodeOne(place: RecordPlace, { key, value, headers, timestamp }: RawRecord): Decoded {
    const keyText = key === null ? null : key.toString("utf8");
    if (value === null) return { kind: "tombstone", place, key: keyText };
    const assignment = this.#value(place, value);
    const own = conversationKey(assignment.source, assignment.tenant, assignment.conversationId);
    if (keyText !== own)
      throw new UnreadableRecordError(place, `its key is ${keyText ?? "null"}, and its fields say ${own}`);
    const republished = headers.some(
      (header) => header.key === REPUBLISHED_HEADER && header.value?.toString("utf8") === "true",
    );
    return { kind: "record", record: { ...plain(assignment), ...place, key: own, timestamp, republished } };
  }

  #value(place: RecordPlace, value: Uint8Array) {
    try {
      return this.#decoder.decode(value);
    } catch (error) {
      if (error instanceof UnusableSchemaError)
        throw new UnknownSchemaError(place, error.schemaId, this.#subject, { cause: error });
      if (error instanceof DecodeError) throw new UnreadableRecordError(place, error.message, { cause: error });
      throw error;
    }
  }

  get #subject(): string {
    return `${this.#topic}-value`;
  }
}

/** avsc gives objects of classes of its own: they would show in logs and in strict comparisons. */
function plain(assignment: QueueAssignment): QueueAssignment {
  const copied = <Value extends Target | Version>(value: Value | null) => (value === null ? null : { ...value });
  return {
    ...assignment,
    assignment: copied(assignment.assignment),
    previousAssignment: copied(assignment.previousAssignment),
    assignmentVersion: copied(assignment.assignmentVersion),
    lifecycleVersion: copied(assignment.lifecycleVersion),
  };
}
