/** A reader's next page, waited for in bounded time. */
import { ClosedError, type Page, type Reader } from "../wire/index.js";

/** @returns null when none came in time. @throws what Reader.next throws; ClosedError when `signal` says so */
export async function nextPage(reader: Reader, waitMs: number, signal: AbortSignal): Promise<Page | null> {
  const ended = new AbortController();
  const end = () => ended.abort();
  const timer = setTimeout(end, waitMs);
  signal.addEventListener("abort", end);
  try {
    if (signal.aborted) end();
    return await reader.next(ended.signal);
  } catch (error) {
    // Its own end, and nobody else's.
    if (error instanceof ClosedError && ended.signal.aborted && !signal.aborted) return null;
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
  }
}
