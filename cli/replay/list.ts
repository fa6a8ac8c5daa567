/** `replay --list`: the replays whose folders there are. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { codeOf } from "../../runtime/folder/index.js";
import { storageError } from "../../runtime/rocksdb/index.js";
import { FailedError } from "../errors.js";
import { jsonLine } from "../output/json-line.js";
import { Table } from "../output/table.js";
import type { Look } from "../output/terminal.js";
import { formatCount, printable } from "../output/text.js";
import type { Writer } from "../output/writer.js";
import { ReplayFolder, replayApplicationId, replayIds } from "./folder.js";
import { readManifest } from "./manifest.js";

export interface ListedReplay {
  readonly id: string;
  /** `unknown`: what it says of itself cannot be read. */
  readonly state: "running" | "finished" | "interrupted" | "unknown";
  /** ISO 8601. */
  readonly startedAt: string | null;
  readonly asked: string | null;
  /** Topics on the brokers that it has made. */
  readonly topicsMade: readonly string[];
  readonly sizeBytes: number;
}

/** The oldest first. @throws StorageError */
export async function listReplays(root: string, applicationId: string): Promise<readonly ListedReplay[]> {
  const listed: ListedReplay[] = [];
  for (const id of await replayIds(root, applicationId)) {
    const path = join(root, replayApplicationId(applicationId, id));
    const manifest = await readManifest(path);
    listed.push({
      id,
      state: manifest === null ? "unknown" : await stateOf(root, applicationId, id),
      startedAt: manifest?.startedAt ?? null,
      asked: manifest?.asked ?? null,
      topicsMade: manifest?.topicsMade.map(({ name }) => name) ?? [],
      sizeBytes: await sizeOf(path),
    });
  }
  return listed;
}

async function stateOf(root: string, applicationId: string, id: string): Promise<ListedReplay["state"]> {
  try {
    const folder = await ReplayFolder.take(root, applicationId, id);
    if (folder === null) return "unknown";
    await folder.release();
    return folder.manifest.finishedAt === null ? "interrupted" : "finished";
  } catch (error) {
    // Its lock is held.
    if (error instanceof FailedError) return "running";
    throw error;
  }
}

/** What goes while it is looked at counts nothing. */
async function sizeOf(path: string): Promise<number> {
  try {
    const found = await stat(path);
    if (!found.isDirectory()) return found.size;
    let sizeBytes = 0;
    for (const name of await readdir(path)) sizeBytes += await sizeOf(join(path, name));
    return sizeBytes;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return 0;
    throw storageError(error, path);
  }
}

const COLUMNS = [
  { title: "id", minWidth: 8 },
  { title: "state", minWidth: 7 },
  { title: "started at", minWidth: 10 },
  { title: "replay of", minWidth: 16 },
  { title: "topics made", minWidth: 8 },
  { title: "KiB", minWidth: 3 },
] as const;

export async function printReplays(
  replays: readonly ListedReplay[],
  json: boolean,
  writer: Writer,
  { width, colors }: Look,
): Promise<void> {
  if (json) for (const replay of replays) writer.write(jsonLine(replay));
  else if (replays.length === 0) writer.write("No replays.\n");
  else writer.write(new Table(COLUMNS, width, colors.bold).render(replays.map(rowOf)));
  await writer.flush();
}

function rowOf({ id, state, startedAt, asked, topicsMade, sizeBytes }: ListedReplay) {
  const topics = topicsMade.length === 0 ? "-" : topicsMade.join(", ");
  const size = formatCount(Math.ceil(sizeBytes / 1024));
  return { heading: "", cells: [id, state, startedAt ?? "-", asked ?? "-", topics, size].map(printable) };
}
