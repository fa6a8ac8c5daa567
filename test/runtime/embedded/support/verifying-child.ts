/**
 * A process that opens the folders it is told of, one after the other, and reads everything in them: RocksDB ends its process on
 * damage that it has an assertion against, and that must not be the test's. A line of JSON in, a line of JSON out.
 */
import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { EmbeddedStorage } from "../../../../runtime/embedded/index.js";
import { CorruptStoreError } from "../../../../runtime/rocksdb/index.js";
import { OPTIONS } from "./settings.js";
import type { Verdict, VerifyRequest } from "./verifier.js";
import { expectWholeCommits } from "./workload.js";

async function verify({ folder, acknowledged }: VerifyRequest): Promise<Verdict> {
  let storage: EmbeddedStorage | null = null;
  try {
    storage = await EmbeddedStorage.open(folder, OPTIONS);
    await expectWholeCommits(storage, new Map(acknowledged));
    return { kind: "unharmed" };
  } catch (error) {
    if (!(error instanceof CorruptStoreError)) return { kind: "wrong", text: String(error) };
    return { kind: "named", message: error.message, file: error.file };
  } finally {
    await storage?.close().catch(() => undefined);
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  writeSync(1, `${JSON.stringify(await verify(JSON.parse(line)))}\n`);
}
