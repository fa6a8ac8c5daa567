/** Waiting that ends when it is not wanted any more. */
import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { unlessAborted } from "../../../../runtime/kafka/tasks/abortable.js";
import { ClosedError } from "../../../../runtime/kafka/wire/index.js";

const never = () => new Promise<never>(() => undefined);

describe("waiting for a promise", () => {
  it("gives what it comes to", async () => {
    const { signal } = new AbortController();
    expect(await unlessAborted(Promise.resolve(7), signal)).toBe(7);
    await expect(unlessAborted(Promise.reject(new Error("no")), signal)).rejects.toThrow("no");
  });

  it("leaves nothing on the signal", async () => {
    const { signal } = new AbortController();
    await unlessAborted(Promise.resolve(7), signal);
    await unlessAborted(Promise.reject(new Error("no")), signal).catch(() => undefined);
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("ends with the signal", async () => {
    const ended = new AbortController();
    const waiting = unlessAborted(never(), ended.signal);
    ended.abort();
    await expect(waiting).rejects.toThrow(ClosedError);
  });

  it("does not begin when the signal has said so before", async () => {
    await expect(unlessAborted(never(), AbortSignal.abort())).rejects.toThrow(ClosedError);
  });

  it("lets what fails afterwards fail unheard", async () => {
    const ended = new AbortController();
    let fail: (error: Error) => void = () => undefined;
    const failing = new Promise<never>((_, reject) => {
      fail = reject;
    });
    const waiting = unlessAborted(failing, ended.signal);
    ended.abort();
    await expect(waiting).rejects.toThrow(ClosedError);
    const unheard: unknown[] = [];
    const hear = (error: unknown) => unheard.push(error);
    process.on("unhandledRejection", hear);
    fail(new Error("late"));
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", hear);
    expect(unheard).toEqual([]);
  });
});
