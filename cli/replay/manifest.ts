/** `replay.json` in a replay's folder: what it is, since when, and what it has made. */
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { codeOf } from "../../runtime/folder/index.js";
import { storageError } from "../../runtime/rocksdb/index.js";

export const MANIFEST_NAME = "replay.json";

const manifestSchema = z.object({
  format: z.literal(1),
  id: z.string(),
  applicationId: z.string(),
  topicPrefix: z.string(),
  partitions: z.int().positive(),
  /** ISO 8601. */
  startedAt: z.string(),
  /** Null until it has come to its end. */
  finishedAt: z.string().nullable(),
  pid: z.int().positive(),
  /** What was asked for, in the words of the flags. */
  asked: z.string(),
  /** A topic of its own folder that its sink has filled; null for none. */
  ownTopic: z.string().nullable(),
  /** Topics on the brokers that it has made. Without an id: it was about to, and may not have come to it. */
  topicsMade: z.array(z.object({ name: z.string(), topicId: z.string().nullable() })),
  /** Of a file sink, while it is written. */
  partialFile: z.string().nullable(),
});
export type Manifest = z.infer<typeof manifestSchema>;

/** Nobody sees a part of it. @throws StorageError */
export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  const file = join(folder, MANIFEST_NAME);
  try {
    await writeFile(`${file}.tmp`, `${JSON.stringify(manifest, null, 1)}\n`);
    await rename(`${file}.tmp`, file);
  } catch (error) {
    throw storageError(error, folder);
  }
}

/** Null when there is none that can be read. @throws StorageError */
export async function readManifest(folder: string): Promise<Manifest | null> {
  try {
    return manifestSchema.safeParse(JSON.parse(await readFile(join(folder, MANIFEST_NAME), "utf8"))).data ?? null;
  } catch (error) {
    if (error instanceof SyntaxError || codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return null;
    throw storageError(error, folder);
  }
}
