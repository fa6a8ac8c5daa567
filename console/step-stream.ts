/** A long work told of while it is done, as NDJSON: a line for each step. */
import { Readable } from "node:stream";

/** The line that ends what did not end well. */
export interface FailedLine {
  readonly kind: "failed";
  readonly code: string;
  readonly message: string;
  /** Of the things that were asked for, those that it is about. */
  readonly about?: readonly string[];
}

export interface StepStreamOptions {
  /** The work ends at the next step, and says so: nobody who stops waits for it. */
  readonly signal: AbortSignal;
  readonly failedLine: (error: unknown) => FailedLine;
}

export const NDJSON = "application/x-ndjson";

/** When the reader goes away, the work ends at the next step. */
export function stepStream(steps: AsyncIterable<unknown>, options: StepStreamOptions): Readable {
  return Readable.from(lines(steps, options), { objectMode: false });
}

async function* lines(
  steps: AsyncIterable<unknown>,
  { signal, failedLine }: StepStreamOptions,
): AsyncGenerator<string> {
  try {
    for await (const step of steps) {
      if (signal.aborted) {
        yield line({ kind: "failed", code: "STOPPING", message: "the service is being stopped" });
        return;
      }
      yield line(step);
    }
  } catch (error) {
    yield line(failedLine(error));
  }
}

function line(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
