/**
 * A process that opens a folder and writes: `child.ts FOLDER COMMITS [WRITE_BUFFER_BYTES]`; with COMMITS = -1 it goes on until it
 * is killed. It says on standard output what it was told. It dies at QUEUE_RATCHET_CRASH_AT=label[:n].
 */
import { writeSync } from "node:fs";
import type { CrashPoint, CrashPoints } from "../../../../runtime/crash-points.js";
import { EmbeddedStorage } from "../../../../runtime/embedded/index.js";
import { CLIENTS, commitOf, nextCommit } from "./commits.js";
import { OPTIONS } from "./settings.js";

const [, , folder = "", commits = "0", writeBufferBytes = String(4 * 1024 * 1024)] = process.argv;
const say = (line: string) => writeSync(1, `${line}\n`);

function crashPoints(): CrashPoints {
  const [label, nth = "1"] = (process.env.QUEUE_RATCHET_CRASH_AT ?? "").split(":");
  let hits = 0;
  return {
    hit(passed: CrashPoint) {
      if (passed !== label) return;
      hits += 1;
      if (hits < Number(nth)) return;
      say(`crash ${label}`);
      process.kill(process.pid, "SIGKILL");
      // The signal may take a moment; nothing may happen in it.
      for (;;);
    },
  };
}

async function runClient(storage: EmbeddedStorage, client: number): Promise<void> {
  const first = nextCommit(storage, client);
  for (let number = first; commits === "-1" || number < first + Number(commits); number++) {
    await storage.committer.commit(commitOf(client, number));
    say(`acknowledged ${client} ${number + 1}`);
  }
}

async function maintain(storage: EmbeddedStorage, isDone: () => boolean): Promise<void> {
  while (!isDone()) {
    await storage.maintenance.step();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

try {
  const storage = await EmbeddedStorage.open(folder, {
    ...OPTIONS,
    writeBufferBytes: Number(writeBufferBytes),
    compaction: { minDirtyRatio: 0.3 },
    crashPoints: crashPoints(),
  });
  say("open");
  let isDone = false;
  const clients = Promise.all(Array.from({ length: CLIENTS }, (_, client) => runClient(storage, client))).finally(
    () => {
      isDone = true;
    },
  );
  await Promise.all([clients, maintain(storage, () => isDone)]);
  say("done");
  // Held until told otherwise: by a signal, or by the end of the input.
  if (process.env.HOLD === "1") await new Promise((resolve) => process.stdin.on("end", resolve).resume());
  await storage.close();
} catch (error) {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  say(`error ${name} ${message}`);
  process.exitCode = 1;
}
