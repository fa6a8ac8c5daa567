/** The Avro contracts and their TypeScript types say the same, and every part of a contract says what it means. */
import { describe, expect, test } from "vitest";
import {
  CONTRACT_NAMES,
  contract,
  DECISION_CLASSES,
  type DecisionClass,
  type Entity,
  type Lifecycle,
  type TargetType,
} from "../../schemas/index.js";
import { populated, RECORD_NAMES, sparse } from "./samples.js";
import { type Definition, definitionsIn, shapeOfSchema, shapeOfValue } from "./schema-walk.js";

function schemaOf(name: (typeof CONTRACT_NAMES)[number]): unknown {
  return JSON.parse(contract(name).schema);
}

describe.each(CONTRACT_NAMES)("the contract %s", (name) => {
  test("has exactly the fields and types of its TypeScript type", () => {
    expect(shapeOfSchema(schemaOf(name))).toEqual(shapeOfValue(populated[name]));
  });

  test("accepts a value with every field", () => {
    expect(contract(name).type.isValid(populated[name])).toBe(true);
  });

  test("accepts a value with null wherever it is allowed", () => {
    expect(contract(name).type.isValid(sparse[name])).toBe(true);
  });

  test("is named as its type, in the product's namespace", () => {
    expect(contract(name).type.name).toBe(`queueratchet.${name}`);
  });

  test("says what each of its types and fields means", () => {
    const undocumented = definitionsIn(schemaOf(name)).flatMap((definition) => [
      ...(definition.doc ? [] : [definition.name]),
      ...(definition.fields ?? []).filter(({ doc }) => !doc).map((field) => `${definition.name}.${field.name}`),
    ]);
    expect(undocumented).toEqual([]);
  });

  test("defaults a field to null only where null is the first branch", () => {
    const wrong = definitionsIn(schemaOf(name)).flatMap(({ fields = [] }) =>
      fields.filter((field) => "default" in field && !(Array.isArray(field.type) && field.type[0] === "null")),
    );
    expect(wrong).toEqual([]);
  });
});

describe("nullable fields", () => {
  const records = CONTRACT_NAMES.flatMap((name) => definitionsIn(schemaOf(name))).filter(
    ({ type }) => type === "record",
  );

  test("every record has a TypeScript type", () => {
    expect(new Set(records.map(({ name }) => name))).toEqual(new Set(RECORD_NAMES));
  });

  test.each(RECORD_NAMES)("%s may be null exactly where its TypeScript type may be", (wanted) => {
    const { fields = [] } = records.find(({ name }) => name === wanted) ?? {};
    const nullable = fields.filter(({ type }) => Array.isArray(type)).map(({ name }) => name);
    const nulls = Object.entries(sparse[wanted]).filter(([, value]) => value === null);
    expect(nullable.sort()).toEqual(nulls.map(([name]) => name).sort());
  });
});

describe("what several contracts share", () => {
  const definitions = CONTRACT_NAMES.flatMap((name) => definitionsIn(schemaOf(name)).slice(1));
  const byName = groupedByName(definitions);

  test.each(["Target", "TargetType", "Version", "QueueChange", "Lifecycle"])("%s is in several files", (name) => {
    expect(byName.get(name)?.length).toBeGreaterThan(1);
  });

  test.each([...byName.keys()])("%s is the same in every file", (name) => {
    const different = new Set(byName.get(name)?.map((definition) => JSON.stringify(definition)));
    expect([...different]).toHaveLength(1);
  });
});

describe("the symbols of the enums are those of the TypeScript types", () => {
  const symbols = new Map(
    CONTRACT_NAMES.flatMap((name) => definitionsIn(schemaOf(name)))
      .filter(({ symbols }) => symbols !== undefined)
      .map(({ name, symbols }) => [name, symbols]),
  );

  test("TargetType", () => {
    const all: Record<TargetType, true> = { QUEUE: true, USER: true };
    expect(symbols.get("TargetType")).toEqual(Object.keys(all));
  });

  test("Lifecycle", () => {
    const all: Record<Lifecycle, true> = { OPEN: true, SNOOZED: true, CLOSED: true, DELETED: true };
    expect(symbols.get("Lifecycle")).toEqual(Object.keys(all));
  });

  test("Entity", () => {
    const all: Record<Entity, true> = { CONVERSATION: true, WORK_ITEM: true, AUDIT: true };
    expect(symbols.get("Entity")).toEqual(Object.keys(all));
  });

  test("DecisionClass", () => {
    const all: readonly DecisionClass[] = DECISION_CLASSES;
    expect(symbols.get("DecisionClass")).toEqual(all);
  });
});

function groupedByName(definitions: readonly Definition[]): Map<string, Definition[]> {
  const groups = new Map<string, Definition[]>();
  for (const definition of definitions) {
    groups.set(definition.name, [...(groups.get(definition.name) ?? []), definition]);
  }
  return groups;
}
