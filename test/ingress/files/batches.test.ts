/** How documents are handed out: together, within bounds, and as soon as they can be. */
import { describe, expect, it } from "vitest";
import { readDocuments } from "../../../ingress/files/index.js";

const options = { maxDocumentBytes: 1024 * 1024 };

describe("documents are handed out", () => {
  it.each([
    ["lines", "1\n"],
    ["elements", "[1],"],
  ])("at most 1,000 at once: %s", async (_, text) => {
    const start = text === "1\n" ? "" : "[";
    expect(await batchSizes(start + text.repeat(2_500))).toEqual([1_000, 1_000, 500, ...(start === "" ? [] : [1])]);
  });

  it("about 1 MiB at once", async () => {
    const line = `${"1".repeat(300 * 1024)}\n`;
    expect(await batchSizes(line.repeat(9))).toEqual([4, 4, 1]);
  });

  it("many from a small chunk and none from an empty one", async () => {
    expect(await batchSizes("1\n2\n", "", "3\n")).toEqual([2, 1]);
  });

  it.each([
    ["lines", '{"a":1}\n{"b"'],
    ["elements", '[{"a":1},'],
    ["pretty-printed texts", "{\n 1}"],
  ])("before more input is asked for: %s", async (_, start) => {
    const documents = readDocuments(stalled(start), options);
    const { value } = await documents.next();
    expect(value).toHaveLength(1);
  });

  it("until the reader has enough, and the input is closed", async () => {
    let isClosed = false;
    async function* input() {
      try {
        for (;;) yield Buffer.from("1\n");
      } finally {
        isClosed = true;
      }
    }
    for await (const _ of readDocuments(input(), options)) break;
    expect(isClosed).toBe(true);
  });

  it("until the input fails, with its error", async () => {
    const failure = new Error("gone");
    async function* input() {
      yield Buffer.from("1\n");
      throw failure;
    }
    const documents = readDocuments(input(), options);
    expect((await documents.next()).value).toHaveLength(1);
    await expect(documents.next()).rejects.toBe(failure);
  });
});

async function batchSizes(...chunks: readonly string[]): Promise<number[]> {
  async function* input() {
    for (const chunk of chunks) yield Buffer.from(chunk);
  }
  const sizes: number[] = [];
  for await (const batch of readDocuments(input(), options)) sizes.push(batch.length);
  return sizes;
}

/** Gives one chunk, and the next one never. */
async function* stalled(start: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(start);
  await new Promise<never>(() => {});
}
