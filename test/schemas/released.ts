/** The contracts as they were released, and whether the present ones still read what those wrote. */
import { readdirSync, readFileSync } from "node:fs";
import { compileSchema } from "../../schemas/index.js";

/** Schemas as text, by the name of their file. */
export type Schemas = ReadonlyMap<string, string>;

const FOLDER = new URL("../../schemas/", import.meta.url);

/** The schemas of every released version, by version. */
export function releasedVersions(): ReadonlyMap<string, Schemas> {
  const folder = new URL("released/", FOLDER);
  return new Map(readdirSync(folder).map((version) => [version, schemasIn(new URL(`${version}/`, folder))]));
}

/** The schemas of the working tree. */
export function currentSchemas(): Schemas {
  return schemasIn(FOLDER);
}

function schemasIn(folder: URL): Schemas {
  const files = readdirSync(folder).filter((name) => name.endsWith(".avsc"));
  return new Map(files.map((name) => [name, readFileSync(new URL(name, folder), "utf8")]));
}

/** Whatever the current schemas can no longer read of a released version (BACKWARD_TRANSITIVE); empty when all is well. */
export function incompatibilities(current: Schemas, released: ReadonlyMap<string, Schemas>): string[] {
  return [...released].flatMap(([version, schemas]) =>
    [...schemas].flatMap(([file, earlier]) => {
      const problem = problemOf(current.get(file), earlier);
      return problem === null ? [] : [`${file} of ${version}: ${problem}`];
    }),
  );
}

function problemOf(current: string | undefined, earlier: string): string | null {
  if (current === undefined) return "has disappeared";
  try {
    compileSchema(current).createResolver(compileSchema(earlier));
    return null;
  } catch (error) {
    return String(error);
  }
}
