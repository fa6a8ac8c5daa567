/** Opening files and standard input, and what a user is told when that fails. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { InputError, openInput } from "../../../ingress/files/index.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "input-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe("an input", () => {
  it("is a file with its name as given", async () => {
    const path = join(folder, "events.ndjson");
    const content = "ü\n".repeat(200_000);
    await writeFile(path, content);
    const { name, stream } = openInput(path);
    expect(name).toBe(path);
    expect(await textOf(stream)).toBe(content);
  });

  it("is standard input for -", async () => {
    standardInput(Readable.from([Buffer.from("{}"), Buffer.from("\n")]));
    const { name, stream } = openInput("-");
    expect(name).toBe("-");
    expect(await textOf(stream)).toBe("{}\n");
  });
});

describe("an input that cannot be read", () => {
  it("is reported once it is read: a missing file", async () => {
    const path = join(folder, "missing.json");
    const error = await failure(path);
    expect(error).toMatchObject({ name: "InputError", input: path, reason: "missing", cause: { code: "ENOENT" } });
    expect(error.message).toBe(
      `Cannot read "${path}": there is no such file. Check the path, or give - to read standard input.`,
    );
  });

  it("is reported: a path through a file", async () => {
    const path = join(folder, "plain");
    await writeFile(path, "");
    expect(await failure(join(path, "events.json"))).toMatchObject({ reason: "missing" });
  });

  it("is reported: a folder", async () => {
    const error = await failure(folder);
    expect(error.reason).toBe("folder");
    expect(error.message).toBe(`Cannot read "${folder}": it is a folder. Name the files in it one by one.`);
  });

  it.each(["EACCES", "EPERM"])("is reported: no permission (%s)", async (code) => {
    standardInput(failing(Object.assign(new Error("no"), { code })));
    const error = await failure("-");
    expect(error.reason).toBe("forbidden");
    expect(error.message).toBe("Cannot read standard input: this user may not read it. Check its permissions.");
  });

  it("is reported: a failure half-way", async () => {
    standardInput(failing(Object.assign(new Error("EIO: i/o error, read"), { code: "EIO" })));
    const error = await failure("-");
    expect(error.reason).toBe("failed");
    expect(error.message).toBe("Cannot read standard input: EIO: i/o error, read");
  });

  it("is reported: a name that no file can have", async () => {
    expect(await failure("a\0b")).toMatchObject({ reason: "failed" });
  });
});

async function textOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function failure(name: string): Promise<InputError> {
  const { stream } = openInput(name);
  const error: unknown = await textOf(stream).catch((thrown: unknown) => thrown);
  if (error instanceof InputError) return error;
  throw new Error(`no InputError, but ${String(error)}`);
}

/** Puts a stream in the place of this process's standard input. */
function standardInput(stream: Readable): void {
  vi.spyOn(process, "stdin", "get").mockReturnValue(Object.assign(stream, { fd: 0 as const }) as typeof process.stdin);
}

function failing(error: Error): Readable {
  async function* chunks() {
    yield Buffer.from("{}\n");
    throw error;
  }
  return Readable.from(chunks());
}
