/** Who this instance was when it ran last: only where that self is surely dead. */
import { cp, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { InstanceFile } from "../../../../runtime/kafka/store/instance-file.js";
import { temporaryFolder } from "../../embedded/support/folders.js";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

async function lived(folder: string): Promise<InstanceFile> {
  const instance = await InstanceFile.open(folder);
  await Promise.all([instance.keepMemberId("a", "a-1"), instance.keepMemberId("b", "b-1")]);
  await instance.keepMemberId("a", "a-2");
  return instance;
}

const fileOf = (folder: string) => join(folder, "instance.json");

/** Changes what the file says. */
async function change(folder: string, fields: object): Promise<void> {
  const content = JSON.parse(await readFile(fileOf(folder), "utf8"));
  await writeFile(fileOf(folder), JSON.stringify({ ...content, ...fields }));
}

/** A start that knows nothing of the one before. */
async function expectStranger(folder: string, before: InstanceFile): Promise<void> {
  const next = await InstanceFile.open(folder);
  expect(next.id).toMatch(UUID);
  expect(next.id).not.toBe(before.id);
  expect([next.formerMemberIds("a"), next.formerMemberIds("b")]).toEqual([[], []]);
}

describe("an instance", () => {
  it("of a new folder is nobody's former self", async () => {
    const instance = await InstanceFile.open(await temporaryFolder());
    expect(instance.id).toMatch(UUID);
    expect(instance.formerMemberIds("a")).toEqual([]);
  });

  it("that starts again on its folder has its name, and knows what it was in each group", async () => {
    const folder = await temporaryFolder();
    const before = await lived(folder);
    const next = await InstanceFile.open(folder);
    expect(next.id).toBe(before.id);
    expect(["a", "b", "c"].map((group) => next.formerMemberIds(group))).toEqual([["a-2", "a-1"], ["b-1"], []]);
  });

  it("does not take its own new name for that of its former self", async () => {
    const folder = await temporaryFolder();
    await lived(folder);
    const next = await InstanceFile.open(folder);
    await next.keepMemberId("a", "a-3");
    expect(next.formerMemberIds("a")).toEqual(["a-2", "a-1"]);
    expect((await InstanceFile.open(folder)).formerMemberIds("a")).toEqual(["a-3", "a-2", "a-1"]);
  });

  it("keeps four names of a group, the newest first", async () => {
    const folder = await temporaryFolder();
    const instance = await InstanceFile.open(folder);
    for (const name of ["1", "2", "3", "4", "5", "6"]) await instance.keepMemberId("a", name);
    expect((await InstanceFile.open(folder)).formerMemberIds("a")).toEqual(["6", "5", "4", "3"]);
  });

  it("keeps the names of its other groups when it never joins them", async () => {
    const folder = await temporaryFolder();
    await lived(folder);
    await (await InstanceFile.open(folder)).keepMemberId("a", "a-3");
    expect((await InstanceFile.open(folder)).formerMemberIds("b")).toEqual(["b-1"]);
  });

  it("is the same when its folder was renamed: it is the same folder", async () => {
    const parent = await temporaryFolder();
    const folder = join(parent, "one");
    await import("node:fs/promises").then(({ mkdir }) => mkdir(folder));
    const before = await lived(folder);
    await rename(folder, join(parent, "two"));
    expect((await InstanceFile.open(join(parent, "two"))).id).toBe(before.id);
  });
});

describe("a new name is taken, and nobody thought dead, when", () => {
  it("the folder is a copy: the one that it was copied from may live", async () => {
    const folder = await temporaryFolder();
    const before = await lived(folder);
    const copy = await temporaryFolder();
    await cp(folder, copy, { recursive: true });
    await expectStranger(copy, before);
    // And stays its own from then on.
    const [own, again] = [await InstanceFile.open(copy), await InstanceFile.open(copy)];
    expect(again.id).toBe(own.id);
    expect(own.id).not.toBe(before.id);
  });

  it.each([
    ["the machine has booted since", { boot: "another" }],
    ["nobody knows whether it has", { boot: null }],
    ["the folder is on another device", { device: "1" }],
    ["the file is of another version", { format: 2 }],
    ["the name is none", { id: "x" }],
  ])("%s", async (_, fields) => {
    const folder = await temporaryFolder();
    const before = await lived(folder);
    await change(folder, fields);
    await expectStranger(folder, before);
  });

  it.each(["", "{", "null", "[]", '{"format":1}', "\u0000\u0000\u0000"])("the file is damaged: %j", async (text) => {
    const folder = await temporaryFolder();
    const before = await lived(folder);
    await writeFile(fileOf(folder), text);
    await expectStranger(folder, before);
  });
});

it("a name that cannot be kept is an error of the disk, and the next one is tried again", async () => {
  const folder = await temporaryFolder();
  const instance = await InstanceFile.open(folder);
  const aside = `${folder}-aside`;
  await rename(folder, aside);
  await expect(instance.keepMemberId("a", "a-1")).rejects.toMatchObject({ folder: fileOf(folder) });
  await rename(aside, folder);
  await instance.keepMemberId("b", "b-1");
  const next = await InstanceFile.open(folder);
  expect([next.formerMemberIds("a"), next.formerMemberIds("b")]).toEqual([["a-1"], ["b-1"]]);
});
