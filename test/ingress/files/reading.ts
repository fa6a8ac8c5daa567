/** Reads a whole input and shows what came of it in a form that tests compare. */
import { readDocuments } from "../../../ingress/files/index.js";

export type Shown =
  | { line: number; text: string }
  | { line: number; problem: "too-large"; sizeBytes: number }
  | { line: number; problem: "unterminated-array" };

export interface ReadingOptions {
  readonly maxDocumentBytes?: number;
  /** Sizes of the input's chunks, repeated; default: all in one. */
  readonly chunkSizes?: readonly number[];
}

export async function reading(
  input: string | Uint8Array,
  { maxDocumentBytes = 1024 * 1024, chunkSizes = [] }: ReadingOptions = {},
): Promise<Shown[]> {
  const shown: Shown[] = [];
  const chunks = cut(Buffer.from(input), chunkSizes);
  for await (const batch of readDocuments(chunks, { maxDocumentBytes }))
    for (const document of batch)
      shown.push(
        "body" in document
          ? {
              line: document.line,
              text: Buffer.from(document.body).toString(),
            }
          : document,
      );
  return shown;
}

/** The documents as `LINE TEXT`, for expectations that read at a glance. */
export async function listing(input: string | Uint8Array, options: ReadingOptions = {}): Promise<string[]> {
  return (await reading(input, options)).map((document) => {
    const { line } = document;
    if ("text" in document) return `${line} ${document.text}`;
    if (document.problem === "unterminated-array") return `${line} unterminated-array`;
    return `${line} too-large ${document.sizeBytes}`;
  });
}

async function* cut(input: Buffer, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let next = 0;
  for (let at = 0; at < input.length; ) {
    const size = sizes[next++ % sizes.length] ?? input.length;
    yield new Uint8Array(input.subarray(at, at + size));
    at += size;
  }
}
