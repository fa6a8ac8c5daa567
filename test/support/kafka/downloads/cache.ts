/** What the tests download is kept between runs, outside the project, and fetched once even when two processes want it. */
import { existsSync, readdirSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";

/** A download did not succeed. Without a network, what is already in the cache is enough. */
export class DownloadFailed extends Error {
  override readonly name = "DownloadFailed";
}

/** A folder of this name, whether or not it is there yet. */
export function cacheFolder(name: string): string {
  const cache = process.env.XDG_CACHE_HOME;
  return join(cache === undefined || cache === "" ? join(homedir(), ".cache") : cache, "queue-ratchet", name);
}

/** Filled elsewhere and moved into place as a whole: who sees it sees all of it. */
export async function fetchOnce(
  folder: string,
  what: string,
  fill: (empty: string) => Promise<unknown>,
): Promise<void> {
  if (isFilled(folder)) return;
  await mkdir(dirname(folder), { recursive: true });
  const unfinished = await mkdtemp(join(dirname(folder), `.${basename(folder)}-`));
  try {
    await fill(unfinished);
    await rename(unfinished, folder);
  } catch (error) {
    // Another process has been quicker: its copy is as good.
    if (isFilled(folder)) return;
    throw new DownloadFailed(
      `${what} could not be fetched into ${folder}: ${error instanceof Error ? error.message : error}`,
      {
        cause: error,
      },
    );
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

export function isFilled(folder: string): boolean {
  return existsSync(folder) && readdirSync(folder).length > 0;
}
