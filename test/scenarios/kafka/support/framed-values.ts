/** Values in Confluent's framing, taken apart without any code of the product: by hand, the registry's own words, and fastavro. */
import { expect } from "vitest";
import { z } from "zod";
import type { IndependentClient, StoredRecord } from "../../../support/kafka/index.js";

const HEADER_BYTES = 5;
const SCHEMA = z.object({ schema: z.string() });
const VERSION = z.object({ id: z.number(), schema: z.string() });
const CONFIG = z.object({ compatibilityLevel: z.string() });

export interface Subject {
  readonly id: number;
  readonly compatibility: string;
  readonly schema: unknown;
}

export class FramedValues {
  private readonly schemas = new Map<number, Promise<object>>();

  constructor(
    private readonly client: IndependentClient,
    private readonly registryUrl: string,
  ) {}

  /** The values of records; times are epoch milliseconds. */
  async decode(records: readonly StoredRecord[]): Promise<Record<string, unknown>[]> {
    const decoded: Record<string, unknown>[] = [];
    for (const { value } of records) {
      if (value === null) throw new Error("a record without a value");
      expect(value[0]).toBe(0);
      const schema = await this.schema(value.readInt32BE(1));
      decoded.push((await this.client.avroDecode(schema, value.subarray(HEADER_BYTES))) as Record<string, unknown>);
    }
    return decoded;
  }

  /** The id in the record's frame. */
  schemaId({ value }: StoredRecord): number {
    return value?.readInt32BE(1) ?? -1;
  }

  /** The newest schema of a topic's values, and what the registry lets follow it. */
  async subject(topic: string): Promise<Subject> {
    const subject = `${topic}-value`;
    const { id, schema } = VERSION.parse(await this.ask(`subjects/${subject}/versions/latest`));
    const { compatibilityLevel } = CONFIG.parse(await this.ask(`config/${subject}`));
    return { id, compatibility: compatibilityLevel, schema: JSON.parse(schema) };
  }

  private schema(id: number): Promise<object> {
    const known = this.schemas.get(id) ?? this.ask(`schemas/ids/${id}`).then((answer) => plainTimes(answer));
    this.schemas.set(id, known);
    return known;
  }

  private async ask(path: string): Promise<unknown> {
    const answer = await fetch(`${this.registryUrl}/${path}`);
    if (!answer.ok) throw new Error(`the registry answers ${path} with ${answer.status}`);
    return answer.json();
  }
}

/** Times stay numbers: what a logical type makes of them is the reader's business. */
function plainTimes(answer: unknown): object {
  const { schema } = SCHEMA.parse(answer);
  return JSON.parse(schema, (name, value) => (name === "logicalType" ? undefined : value));
}
