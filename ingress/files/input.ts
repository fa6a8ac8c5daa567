/** Opens a file or standard input for reading, and says in plain words why one cannot be read. */
import { createReadStream } from "node:fs";

const CHUNK_BYTES = 256 * 1024;

export type InputErrorReason = "missing" | "folder" | "forbidden" | "failed";

/** An input cannot be read, or not to its end. Others may still be. */
export class InputError extends Error {
  override readonly name = "InputError";

  constructor(
    /** As the user gave it. */
    readonly input: string,
    readonly reason: InputErrorReason,
    message: string,
    options: ErrorOptions,
  ) {
    super(message, options);
  }
}

export interface OpenInput {
  /** As the user gave it. */
  readonly name: string;
  /** To be read once. Reading throws InputError, the first time already when the input cannot be opened. */
  readonly stream: AsyncIterable<Uint8Array>;
}

/** Takes a path, or `-` for standard input. Nothing is opened before the stream is read. */
export function openInput(name: string): OpenInput {
  return { name, stream: read(name) };
}

async function* read(name: string): AsyncGenerator<Uint8Array> {
  try {
    const stream: AsyncIterable<Uint8Array> =
      name === "-" ? process.stdin : createReadStream(name, { highWaterMark: CHUNK_BYTES });
    yield* stream;
  } catch (error) {
    throw inputError(name, error);
  }
}

function inputError(name: string, cause: unknown): InputError {
  const shown = name === "-" ? "standard input" : `"${name}"`;
  const failed = (reason: InputErrorReason, why: string) =>
    new InputError(name, reason, `Cannot read ${shown}: ${why}`, { cause });
  switch (codeOf(cause)) {
    case "ENOENT":
    case "ENOTDIR":
      return failed("missing", "there is no such file. Check the path, or give - to read standard input.");
    case "EISDIR":
      return failed("folder", "it is a folder. Name the files in it one by one.");
    case "EACCES":
    case "EPERM":
      return failed("forbidden", "this user may not read it. Check its permissions.");
    default:
      return failed("failed", cause instanceof Error ? cause.message : String(cause));
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
