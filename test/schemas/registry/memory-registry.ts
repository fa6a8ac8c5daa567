/** A schema registry in memory whose answers a test decides, and which tells what it was asked. */
import { type SchemaRegistry, SchemaRegistryError } from "../../../schemas/index.js";

export class MemoryRegistry implements SchemaRegistry {
  private readonly ids = new Map<string, number>();
  private readonly schemas: string[] = [];
  /** The ids that were asked for, in order. */
  readonly asked: number[] = [];
  outOfReach = false;

  async register(_subject: string, schema: string): Promise<number> {
    return this.add(schema);
  }

  async schemaById(id: number): Promise<string | null> {
    this.asked.push(id);
    if (this.outOfReach) throw new SchemaRegistryError("the registry is out of reach");
    return this.schemas[id - 1] ?? null;
  }

  /** Another producer's schema; a schema that is known keeps its id. */
  add(schema: string): number {
    const known = this.ids.get(schema);
    if (known !== undefined) return known;
    const id = this.schemas.push(schema);
    this.ids.set(schema, id);
    return id;
  }
}
