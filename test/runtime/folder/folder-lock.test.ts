/** One process owns a data folder. */
import { mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { FolderLock } from "../../../runtime/folder/folder-lock.js";
import { FolderInUseError } from "../../../runtime/folder/index.js";
import { startChild } from "../embedded/support/child-process.js";
import { openStorage, temporaryFolder } from "../embedded/support/folders.js";

const SAME_PID = { pid: process.pid, startedAt: null, boot: null, pidNamespace: null };

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => null,
    (error: unknown) => error,
  );
}

it("a second process is refused, and told the owner's pid and the folder", async () => {
  const folder = await temporaryFolder();
  const owner = startChild({ folder, commits: 1, hold: true });
  await owner.said("done");
  const refused = await failureOf(openStorage(folder));
  expect(refused).toBeInstanceOf(FolderInUseError);
  expect(refused).toMatchObject({ pid: owner.pid, folder });
  expect(String(refused)).toContain(`${folder} is in use by the process with pid ${owner.pid}`);
  owner.release();
  expect(await owner.ended).toEqual({ code: 0, signal: null });
  await openStorage(folder);
});

it("opening a folder twice in one process is refused, also by another path", async () => {
  const folder = await temporaryFolder();
  const storage = await openStorage(join(folder, "data"));
  await symlink(join(folder, "data"), join(folder, "link"));
  expect(await failureOf(openStorage(join(folder, "link")))).toMatchObject({
    name: "FolderInUseError",
    pid: process.pid,
  });
  await storage.close();
  await openStorage(join(folder, "link"));
});

it("the lock of a process that was killed is taken over", async () => {
  const folder = await temporaryFolder();
  const killed = startChild({ folder, commits: 1, hold: true });
  await killed.said("done");
  killed.kill();
  await killed.ended;
  expect(JSON.parse(await readFile(join(folder, "owner.json"), "utf8"))).toMatchObject({ pid: killed.pid });
  await openStorage(folder);
  expect(JSON.parse(await readFile(join(folder, "owner.json"), "utf8"))).toMatchObject({ pid: process.pid });
});

it("of processes that start at once exactly one gets the folder", async () => {
  const folder = await temporaryFolder();
  const children = Array.from({ length: 4 }, () => startChild({ folder, commits: 1, hold: true }));
  const outcomes = await Promise.all(children.map((child) => Promise.race([child.said("done"), child.said("error")])));
  const winner = children[outcomes.indexOf("done")];
  expect(outcomes.filter((outcome) => outcome === "done")).toHaveLength(1);
  for (const outcome of outcomes.filter((one) => one !== "done")) {
    expect(outcome).toContain(`FolderInUseError ${folder} is in use by the process with pid ${winner?.pid}`);
  }
});

it.each([
  ["damaged", "not JSON"],
  ["of a process with the same pid before", JSON.stringify({ ...SAME_PID, startedAt: "1" })],
  ["of a process before the last boot", JSON.stringify({ ...SAME_PID, boot: "other" })],
  ["of a process in another container", JSON.stringify({ ...SAME_PID, pidNamespace: "pid:[1]" })],
])("names no owner when what names it is %s", async (_, text) => {
  const folder = await temporaryFolder();
  const lock = await FolderLock.acquire(folder);
  await writeFile(join(folder, "owner.json"), text);
  expect(await failureOf(FolderLock.acquire(folder))).toMatchObject({ name: "FolderInUseError", pid: null });
  await lock.release();
});

it("a damaged lock is made anew", async () => {
  const folder = await temporaryFolder();
  await (await FolderLock.acquire(folder)).release();
  await writeFile(join(folder, "lock", "CURRENT"), "damaged");
  await (await FolderLock.acquire(folder)).release();
  await rm(join(folder, "lock"), { recursive: true });
  await mkdir(join(folder, "lock"));
  await (await FolderLock.acquire(folder)).release();
});
