/** What the product needs of a schema registry. */

/** The registry could not be reached, or refused. */
export class SchemaRegistryError extends Error {
  override readonly name = "SchemaRegistryError";
}

export interface SchemaRegistry {
  /**
   * Registers a schema under a subject (`<topic>-value`) and gives its id. The same schema again gives the same id.
   * @throws SchemaRegistryError when the registry cannot be reached or the schema breaks BACKWARD_TRANSITIVE.
   */
  register(subject: string, schema: string): Promise<number>;
  /** The text of a schema; `null` when there is no Avro schema with that id. @throws SchemaRegistryError when out of reach. */
  schemaById(id: number): Promise<string | null>;
}

/** What is needed to read: who only reads registers nothing. */
export type SchemaSource = Pick<SchemaRegistry, "schemaById">;
