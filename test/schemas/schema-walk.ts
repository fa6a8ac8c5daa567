/** Walks Avro schemas as JSON: the definitions within them, and the shape of the values they describe. */
import { z } from "zod";

const Field = z.object({
  name: z.string(),
  doc: z.string().optional(),
  type: z.unknown(),
  default: z.unknown().optional(),
});
const Definition = z.looseObject({
  type: z.string(),
  name: z.string(),
  doc: z.string().optional(),
  fields: z.array(Field).optional(),
  symbols: z.array(z.string()).optional(),
});
export type Definition = z.infer<typeof Definition>;
const Collection = z.object({ type: z.literal("array"), items: z.unknown() });
const Annotated = z.object({ type: z.string(), logicalType: z.string() });

/** Every named type of a schema, the outermost first, with the nested definitions in place. */
export function definitionsIn(schema: unknown): Definition[] {
  if (Array.isArray(schema)) return schema.flatMap(definitionsIn);
  const collection = Collection.safeParse(schema);
  if (collection.success) return definitionsIn(collection.data.items);
  const definition = Definition.safeParse(schema);
  if (!definition.success) return [];
  const { fields = [] } = definition.data;
  return [definition.data, ...fields.flatMap(({ type }) => definitionsIn(type))];
}

/** The shape of a schema's values: field names and primitive types, nullable as the type itself. */
export type Shape = string | readonly Shape[] | { readonly [field: string]: Shape };

/** The shape of the values of a schema. */
export function shapeOfSchema(schema: unknown, known = namedIn(schema)): Shape {
  if (Array.isArray(schema)) return shapeOfSchema(valueBranch(schema), known);
  if (typeof schema === "string") return known.has(schema) ? shapeOfNamed(schema, known) : primitive(schema);
  const collection = Collection.safeParse(schema);
  if (collection.success) return [shapeOfSchema(collection.data.items, known)];
  const annotated = Annotated.safeParse(schema);
  if (annotated.success) return primitive(annotated.data.type);
  return shapeOfNamed(Definition.parse(schema).name, known);
}

/** The shape of a value whose arrays have an item. */
export function shapeOfValue(value: unknown): Shape {
  if (Array.isArray(value)) return [shapeOfValue(value[0])];
  if (typeof value !== "object" || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, shapeOfValue(field)]));
}

function namedIn(schema: unknown): ReadonlyMap<string, Definition> {
  return new Map(definitionsIn(schema).map((definition) => [definition.name, definition]));
}

function shapeOfNamed(name: string, known: ReadonlyMap<string, Definition>): Shape {
  const fields = known.get(name)?.fields;
  if (fields === undefined) return "string";
  return Object.fromEntries(fields.map((field) => [field.name, shapeOfSchema(field.type, known)]));
}

function valueBranch(union: readonly unknown[]): unknown {
  const [none, value, ...more] = union;
  if (none !== "null" || value === undefined || more.length > 0) {
    throw new Error(`a contract's unions are null and one other type, not ${JSON.stringify(union)}`);
  }
  return value;
}

function primitive(type: string): Shape {
  if (type === "int" || type === "long") return "number";
  if (type === "string" || type === "boolean") return type;
  throw new Error(`no contract uses the type ${type}`);
}
