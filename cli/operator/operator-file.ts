/** `operator.json` in the data folder: where the running service's operator endpoint is, and the token that it takes. */
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { codeOf } from "../../runtime/folder/index.js";
import { storageError } from "../../runtime/rocksdb/index.js";

const NAME = "operator.json";
/** Only who runs the service may read the token. */
const MODE = 0o600;

const operatorSchema = z.object({
  // The token goes nowhere else, whatever has been written there.
  url: z.string().regex(/^http:\/\/127\.0\.0\.1:\d{1,5}$/),
  token: z.string().min(1),
  pid: z.int().positive(),
});
export type Operator = z.infer<typeof operatorSchema>;

/** Of a folder that this process owns. Nobody sees a part of it. @throws StorageError */
export async function writeOperatorFile(folder: string, operator: Operator): Promise<void> {
  const file = join(folder, NAME);
  const unfinished = `${file}.tmp`;
  try {
    // One that is there keeps its mode when it is written: it may be readable for others.
    await rm(unfinished, { force: true });
    await writeFile(unfinished, `${JSON.stringify(operator)}\n`, { mode: MODE, flag: "wx" });
    await rename(unfinished, file);
  } catch (error) {
    throw storageError(error, folder);
  }
}

/** @throws StorageError */
export async function removeOperatorFile(folder: string): Promise<void> {
  await rm(join(folder, NAME), { force: true }).catch((error: unknown) => {
    throw storageError(error, folder);
  });
}

/** Null when there is none that can be used: the folder's lock says whether there is a service. @throws StorageError */
export async function readOperatorFile(folder: string): Promise<Operator | null> {
  try {
    return operatorSchema.safeParse(JSON.parse(await readFile(join(folder, NAME), "utf8"))).data ?? null;
  } catch (error) {
    if (error instanceof SyntaxError || codeOf(error) === "ENOENT" || codeOf(error) === "EACCES") return null;
    throw storageError(error, folder);
  }
}
