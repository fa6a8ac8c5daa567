/** A schema registry in one file of the data folder: for the embedded engine, which needs no server. */
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { compileSchema } from "../contracts.js";
import { type SchemaRegistry, SchemaRegistryError } from "./port.js";

const FILE_NAME = "schema-registry.json";

const Content = z.object({
  format: z.literal(1),
  schemas: z.array(z.object({ id: z.int().min(1), schema: z.string() })),
  subjects: z.record(z.string(), z.array(z.int().min(1))),
});
type Content = z.infer<typeof Content>;

/** One process at a time uses a folder: the folder's owner sees to that. */
export class LocalSchemaRegistry implements SchemaRegistry {
  /** The registration under way: each begins when the one before has ended, or two would give out the same id. */
  private registering: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly file: string,
    private content: Content,
  ) {}

  /** Opens the registry of a folder; a folder without one gets an empty one. @throws SchemaRegistryError when it is damaged. */
  static async open(folder: string): Promise<LocalSchemaRegistry> {
    const file = join(folder, FILE_NAME);
    return new LocalSchemaRegistry(file, await read(file));
  }

  register(subject: string, schema: string): Promise<number> {
    const registered = this.registering.then(() => this.registerNow(subject, schema));
    this.registering = registered.catch(() => undefined);
    return registered;
  }

  async schemaById(id: number): Promise<string | null> {
    return this.content.schemas.find((entry) => entry.id === id)?.schema ?? null;
  }

  private async registerNow(subject: string, schema: string): Promise<number> {
    const ids = this.content.subjects[subject] ?? [];
    const known = this.content.schemas.find((entry) => entry.schema === schema);
    if (known !== undefined && ids.includes(known.id)) return known.id;
    this.checkCompatible(subject, schema, ids);
    const id = known?.id ?? this.content.schemas.length + 1;
    const next: Content = {
      ...this.content,
      schemas: known === undefined ? [...this.content.schemas, { id, schema }] : this.content.schemas,
      subjects: { ...this.content.subjects, [subject]: [...ids, id] },
    };
    await write(this.file, next);
    this.content = next;
    return id;
  }

  /** BACKWARD_TRANSITIVE: a new schema reads what every earlier one of the subject wrote. */
  private checkCompatible(subject: string, schema: string, ids: readonly number[]): void {
    const reader = compile(subject, schema);
    for (const { id, schema: earlier } of this.content.schemas) {
      if (!ids.includes(id)) continue;
      try {
        reader.createResolver(compileSchema(earlier));
      } catch (cause) {
        throw new SchemaRegistryError(
          `subject "${subject}": the schema cannot read what schema ${id} wrote (BACKWARD_TRANSITIVE): ${String(cause)}`,
          { cause },
        );
      }
    }
  }
}

function compile(subject: string, schema: string) {
  try {
    return compileSchema(schema);
  } catch (cause) {
    throw new SchemaRegistryError(`subject "${subject}": not an Avro schema: ${String(cause)}`, { cause });
  }
}

async function read(file: string): Promise<Content> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return { format: 1, schemas: [], subjects: {} };
    throw new SchemaRegistryError(`${file}: cannot be read: ${String(cause)}`, { cause });
  }
  try {
    return Content.parse(JSON.parse(text));
  } catch (cause) {
    throw new SchemaRegistryError(`${file}: is damaged; restore it from a backup of the data folder`, { cause });
  }
}

/** Written beside, synced, renamed: a crash leaves the old file or the new one. */
async function write(file: string, content: Content): Promise<void> {
  const beside = `${file}.new`;
  try {
    await mkdir(dirname(file), { recursive: true });
    const handle = await open(beside, "w");
    try {
      await handle.writeFile(`${JSON.stringify(content, null, 1)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(beside, file);
    await syncFolder(dirname(file));
  } catch (cause) {
    throw new SchemaRegistryError(`${file}: cannot be written: ${String(cause)}`, { cause });
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
