/** Waiting that ends when it is not wanted any more. */
import { ClosedError } from "../wire/index.js";

/** What the promise comes to; what becomes of it after the signal nobody looks at. @throws ClosedError when the signal says so */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(new ClosedError("not wanted any more"));
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
  });
  promise.catch(() => undefined);
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
