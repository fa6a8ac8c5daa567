/** The registry in a folder: its ids outlive the process, and it refuses what breaks earlier readers. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { contract, LocalSchemaRegistry, SchemaRegistryError } from "../../../schemas/index.js";

const FILE = "schema-registry.json";
const assignment = contract("QueueAssignment").schema;
const decision = contract("AssignmentDecision").schema;
const positions = contract("Positions").schema;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "queue-ratchet-registry-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A record of one field. */
function recordOf(field: object): string {
  return JSON.stringify({ type: "record", name: "Sample", fields: [field] });
}
const withText = recordOf({ name: "a", type: "string" });
const withDefault = recordOf({ name: "b", type: "int", default: 0 });
const withNumber = recordOf({ name: "a", type: "int" });

describe("ids", () => {
  test("begin at 1 and rise", async () => {
    const registry = await LocalSchemaRegistry.open(folder);
    expect([await registry.register("a-value", assignment), await registry.register("b-value", decision)]).toEqual([
      1, 2,
    ]);
  });

  test("are the same for the same schema of a subject", async () => {
    const registry = await LocalSchemaRegistry.open(folder);
    const id = await registry.register("a-value", assignment);
    await registry.register("b-value", decision);
    expect(await registry.register("a-value", assignment)).toBe(id);
  });

  test("are shared by subjects with the same schema", async () => {
    const registry = await LocalSchemaRegistry.open(folder);
    const id = await registry.register("a-value", assignment);
    expect(await registry.register("b-value", assignment)).toBe(id);
  });

  test("are the same after the folder is opened again", async () => {
    const registry = await LocalSchemaRegistry.open(folder);
    const ids = [await registry.register("a-value", assignment), await registry.register("b-value", decision)];
    const again = await LocalSchemaRegistry.open(folder);
    expect([await again.register("a-value", assignment), await again.register("b-value", decision)]).toEqual(ids);
  });

  test("of new schemas follow those of an earlier run", async () => {
    const registry = await LocalSchemaRegistry.open(folder);
    await registry.register("a-value", assignment);
    const again = await LocalSchemaRegistry.open(folder);
    expect(await again.register("b-value", decision)).toBe(2);
  });

  test("are given to each schema once when several are registered at the same time", async () => {
    const registry = await LocalSchemaRegistry.open(folder);
    const schemas = [assignment, decision, positions];
    const ids = await Promise.all(schemas.map((schema, index) => registry.register(`${index}-value`, schema)));
    expect(await Promise.all(ids.map((id) => registry.schemaById(id)))).toEqual(schemas);
  });
});

describe("a schema", () => {
  test("is found by its id, exactly as it was registered", async () => {
    const registry = await LocalSchemaRegistry.open(folder);
    const id = await registry.register("a-value", assignment);
    expect(await registry.schemaById(id)).toBe(assignment);
  });

  test("is found after the folder is opened again", async () => {
    const id = await (await LocalSchemaRegistry.open(folder)).register("a-value", assignment);
    expect(await (await LocalSchemaRegistry.open(folder)).schemaById(id)).toBe(assignment);
  });

  test("is null for an id that was never given", async () => {
    const registry = await LocalSchemaRegistry.open(folder);
    expect(await registry.schemaById(1)).toBeNull();
  });
});

describe("compatibility (BACKWARD_TRANSITIVE)", () => {
  test("a schema that reads the earlier one is taken", async () => {
    const registry = await LocalSchemaRegistry.open(folder);
    await registry.register("a-value", withText);
    expect(await registry.register("a-value", withDefault)).toBe(2);
  });

  test("a schema that does not is refused, and the error names the subject and the earlier schema", async () => {
    const registry = await LocalSchemaRegistry.open(folder);
    await registry.register("a-value", withText);
    const refused = registry.register("a-value", withNumber);
    await expect(refused).rejects.toThrow(SchemaRegistryError);
    await expect(refused).rejects.toThrow(/"a-value".*schema 1/);
  });

  test("holds towards every earlier schema, not only the last", async () => {
    const registry = await LocalSchemaRegistry.open(folder);
    await registry.register("a-value", withText);
    await registry.register("a-value", withDefault);
    await expect(registry.register("a-value", withNumber)).rejects.toThrow(/schema 1 /);
  });

  test("holds within a subject only", async () => {
    const registry = await LocalSchemaRegistry.open(folder);
    await registry.register("a-value", withText);
    expect(await registry.register("b-value", withNumber)).toBe(2);
  });

  test("holds for a schema that another subject has already", async () => {
    const registry = await LocalSchemaRegistry.open(folder);
    await registry.register("a-value", withText);
    await registry.register("b-value", withNumber);
    await expect(registry.register("a-value", withNumber)).rejects.toThrow(SchemaRegistryError);
  });

  test("is checked against what earlier runs registered", async () => {
    await (await LocalSchemaRegistry.open(folder)).register("a-value", withText);
    const again = await LocalSchemaRegistry.open(folder);
    await expect(again.register("a-value", withNumber)).rejects.toThrow(SchemaRegistryError);
  });

  test("a refused schema leaves no trace", async () => {
    const registry = await LocalSchemaRegistry.open(folder);
    await registry.register("a-value", withText);
    const before = await readFile(join(folder, FILE), "utf8");
    await registry.register("a-value", withNumber).catch(() => undefined);
    expect(await readFile(join(folder, FILE), "utf8")).toBe(before);
  });

  test("a text that is no schema is refused, and the error names the subject", async () => {
    const registry = await LocalSchemaRegistry.open(folder);
    await expect(registry.register("a-value", '{"type":"unheard-of"}')).rejects.toThrow(
      /"a-value": not an Avro schema/,
    );
  });

  test("after a refusal the next schema is taken", async () => {
    const registry = await LocalSchemaRegistry.open(folder);
    await registry.register("a-value", "{").catch(() => undefined);
    expect(await registry.register("a-value", withText)).toBe(1);
  });
});

describe("the file", () => {
  test("is made with its folder when the first schema is registered", async () => {
    const registry = await LocalSchemaRegistry.open(join(folder, "not", "there"));
    await registry.register("a-value", assignment);
    expect(await readdir(join(folder, "not", "there"))).toEqual([FILE]);
  });

  test.each([
    ["cut short", (text: string) => text.slice(0, text.length / 2)],
    ["empty", () => ""],
    ["of another format", (text: string) => text.replace('"format": 1', '"format": 2')],
    ["without its subjects", (text: string) => JSON.stringify({ ...JSON.parse(text), subjects: undefined })],
    ["with an id that is no number", (text: string) => text.replace('"id": 1', '"id": "1"')],
  ])("%s is an error that names it", async (_what, damage) => {
    const registry = await LocalSchemaRegistry.open(folder);
    await registry.register("a-value", assignment);
    const file = join(folder, FILE);
    await writeFile(file, damage(await readFile(file, "utf8")));
    const opened = LocalSchemaRegistry.open(folder);
    await expect(opened).rejects.toThrow(SchemaRegistryError);
    await expect(opened).rejects.toThrow(`${file}: is damaged`);
  });

  test("that cannot be read is an error that names it", async () => {
    await mkdir(join(folder, FILE));
    await expect(LocalSchemaRegistry.open(folder)).rejects.toThrow(`${join(folder, FILE)}: cannot be read`);
  });

  test("that cannot be written is an error that names it", async () => {
    const registry = await LocalSchemaRegistry.open(folder);
    // Root may write anywhere: a folder where the new file is to be is in the way of everybody.
    await mkdir(join(folder, `${FILE}.new`));
    const refused = registry.register("a-value", assignment);
    await expect(refused).rejects.toThrow(SchemaRegistryError);
    await expect(refused).rejects.toThrow(`${join(folder, FILE)}: cannot be written`);
  });

  test("that could not be written gives out no id", async () => {
    const registry = await LocalSchemaRegistry.open(folder);
    await mkdir(join(folder, `${FILE}.new`));
    await registry.register("a-value", assignment).catch(() => undefined);
    expect(await registry.schemaById(1)).toBeNull();
  });

  test("a folder that cannot be a folder is an error that names the file", async () => {
    const notAFolder = join(folder, "file");
    await writeFile(notAFolder, "");
    await expect(LocalSchemaRegistry.open(notAFolder)).rejects.toThrow(join(notAFolder, FILE));
  });
});

describe("after a crash while a schema was written", () => {
  test("the old content is there when the new file was not complete", async () => {
    await (await LocalSchemaRegistry.open(folder)).register("a-value", assignment);
    await writeFile(join(folder, `${FILE}.new`), '{"format": 1, "schemas": [{"id"');
    const again = await LocalSchemaRegistry.open(folder);
    expect([await again.schemaById(1), await again.schemaById(2)]).toEqual([assignment, null]);
  });

  test("the next schema is written over what was left", async () => {
    await (await LocalSchemaRegistry.open(folder)).register("a-value", assignment);
    await writeFile(join(folder, `${FILE}.new`), `${"x".repeat(100_000)}`);
    await (await LocalSchemaRegistry.open(folder)).register("b-value", decision);
    expect(await (await LocalSchemaRegistry.open(folder)).schemaById(2)).toBe(decision);
  });

  test("nothing is left beside the file", async () => {
    await writeFile(join(folder, `${FILE}.new`), "left over");
    await (await LocalSchemaRegistry.open(folder)).register("a-value", assignment);
    expect(await readdir(folder)).toEqual([FILE]);
  });
});
