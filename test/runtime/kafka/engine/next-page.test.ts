/** A reader's next page, waited for in bounded time. */
import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { nextPage } from "../../../../runtime/kafka/tasks/next-page.js";
import { ClosedError, ConnectionError, type Page, type Reader } from "../../../../runtime/kafka/wire/index.js";

const PAGE = { topic: "t", partition: 0, nextOffset: 1 } as Page;
const LONG_MS = 60_000;

type Next = (signal: AbortSignal) => Promise<Page>;

/** As a reader, whose `next` is the test's. */
function reader(next: Next): Reader {
  return { next } as unknown as Reader;
}

/** Waits until it is told not to, as a reader for which nothing comes. */
const nothing: Next = (signal) =>
  new Promise((_, reject) => {
    const stop = () => reject(new ClosedError("reading was stopped"));
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop);
  });

describe("the next page", () => {
  it("is given as it comes", async () => {
    const { signal } = new AbortController();
    expect(
      await nextPage(
        reader(async () => PAGE),
        LONG_MS,
        signal,
      ),
    ).toBe(PAGE);
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("is none when it does not come in time", async () => {
    expect(await nextPage(reader(nothing), 5, new AbortController().signal)).toBeNull();
  });

  it("is waited for no longer when the signal says so, before or meanwhile", async () => {
    const ended = new AbortController();
    const waiting = nextPage(reader(nothing), LONG_MS, ended.signal);
    ended.abort();
    await expect(waiting).rejects.toThrow(ClosedError);
    await expect(nextPage(reader(nothing), LONG_MS, ended.signal)).rejects.toThrow(ClosedError);
  });

  it("fails as the reader fails, also when that was closed by others", async () => {
    for (const failure of [new ConnectionError("gone"), new ClosedError("the reader was closed")]) {
      const failing = nextPage(
        reader(() => Promise.reject(failure)),
        LONG_MS,
        new AbortController().signal,
      );
      await expect(failing).rejects.toBe(failure);
    }
  });
});
