/** A process that is killed leaves whole commits, and everything that it was told is durable. */
import { describe, expect, it } from "vitest";
import { EMBEDDED_CRASH_POINTS } from "../../../runtime/crash-points.js";
import { startChild } from "./support/child-process.js";
import { openStorage, temporaryFolder } from "./support/folders.js";
import { expectWholeCommits } from "./support/workload.js";

const ROUNDS = Number(process.env.ROUNDS ?? 3);
const SEED = Number(process.env.SEED ?? 20_240_501);

describe("a process that is killed at a labelled place", () => {
  it.each(
    EMBEDDED_CRASH_POINTS.flatMap((label) =>
      label.startsWith("identity") ? [`${label}:1`] : [`${label}:1`, `${label}:4`],
    ),
  )("%s", async (crashAt) => {
    const folder = await temporaryFolder();
    const killed = startChild({ folder, commits: 400, crashAt });
    await killed.said(`crash ${crashAt.split(":")[0]}`);
    expect((await killed.ended).signal).toBe("SIGKILL");
    const storage = await openStorage(folder);
    await expectWholeCommits(storage, killed.acknowledged);
    await storage.close();

    const next = startChild({ folder, commits: 20 });
    expect((await next.ended).code, next.lines.at(-1)).toBe(0);
    await expectWholeCommits(await openStorage(folder), next.acknowledged);
  });
});

describe("a process that is killed at random moments", () => {
  it(`in ${ROUNDS} rounds on one folder (ROUNDS, SEED=${SEED})`, async () => {
    const folder = await temporaryFolder();
    let seed = SEED;
    for (let round = 0; round < ROUNDS; round++) {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      const afterLines = 1 + (seed % 300);
      // A small write buffer: files are made and merged all the time.
      const child = startChild({ folder, commits: -1, writeBufferBytes: 64 * 1024 });
      await child.said("acknowledged", afterLines);
      child.kill();
      await child.ended;
      const storage = await openStorage(folder);
      await expectWholeCommits(storage, child.acknowledged);
      await storage.close();
    }
  });
});
