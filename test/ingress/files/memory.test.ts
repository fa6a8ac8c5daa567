/** 200 MB with a document of 100 MB among them are read in the memory of a few chunks. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { type Document, readDocuments } from "../../../ingress/files/index.js";

const MIB = 1024 * 1024;
const CHUNK_BYTES = 256 * 1024;
const HUGE_MIB = 100;
/** Of small documents before the huge one, and as much after it. */
const SMALL_MIB = 50;
const MAX_GROWTH_BYTES = 16 * MIB;

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

it.each([
  ["NDJSON", "", "\n"],
  ["an array", "[", ","],
])("memory is bounded for %s", { timeout: 10_000 }, async (_, opening, separator) => {
  const used: number[] = [];
  const sample = () => used.push(usedBytes());
  const problems: Document[] = [];
  let count = 0;
  for await (const batch of readDocuments(input(opening, separator, sample), { maxDocumentBytes: MIB })) {
    for (const document of batch) if ("problem" in document) problems.push(document);
    count += batch.length;
  }
  expect(count).toBeGreaterThan(25_000);
  expect(problems[0]).toMatchObject({ problem: "too-large", sizeBytes: HUGE_MIB * MIB + 2 });
  expect(Math.max(...used) - Math.min(...used)).toBeLessThan(MAX_GROWTH_BYTES);
});

/** Made on the fly, each chunk its own memory as it is when read from a file. */
async function* input(opening: string, separator: string, sample: () => void): AsyncGenerator<Uint8Array> {
  yield Buffer.from(opening);
  sample();
  yield* smallDocuments(separator);
  sample();
  yield Buffer.from('"');
  for (let sizeBytes = 0; sizeBytes < HUGE_MIB * MIB; sizeBytes += CHUNK_BYTES) yield Buffer.alloc(CHUNK_BYTES, "x");
  sample();
  yield Buffer.from(`"${separator}`);
  yield* smallDocuments(separator);
  sample();
}

function* smallDocuments(separator: string): Generator<Uint8Array> {
  const documents = Buffer.from(`{"a":"${"x".repeat(3_900)}"}${separator}`.repeat(70));
  for (let sizeBytes = 0; sizeBytes < SMALL_MIB * MIB; sizeBytes += documents.length) yield new Uint8Array(documents);
}

/** What is left after garbage collection, memory outside the heap included: a second one waits for the first to give that back. */
function usedBytes(): number {
  collectGarbage();
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
