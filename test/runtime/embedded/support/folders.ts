/** Data folders for tests: made below the system's temporary folder, removed after the test. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { EmbeddedStorage, type StorageOptions } from "../../../../runtime/embedded/index.js";
import { OPTIONS } from "./settings.js";

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "queue-ratchet-storage-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Opens a storage that is closed when the test ends, if it has not been. */
export async function openStorage(folder: string, options: Partial<StorageOptions> = {}): Promise<EmbeddedStorage> {
  const storage = await EmbeddedStorage.open(folder, { ...OPTIONS, ...options });
  onTestFinished(() => storage.close());
  return storage;
}
