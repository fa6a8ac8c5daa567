/** Wake-ups are neither lost nor counted twice. */
import { expect, it } from "vitest";
import { Signal } from "../../runtime/signal.js";

/** What has happened once everything that can happen now has. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

/** Waits in the background; the list says how often it was woken. */
function waitFor(signal: Signal): string[] {
  const woken: string[] = [];
  void signal.wait().then(() => woken.push("woken"));
  return woken;
}

it("who waits is woken, not before", async () => {
  const signal = new Signal();
  const woken = waitFor(signal);
  await settled();
  expect(woken).toEqual([]);
  signal.wake();
  await settled();
  expect(woken).toEqual(["woken"]);
});

it("a wake-up while nobody waits is kept", async () => {
  const signal = new Signal();
  signal.wake();
  const woken = waitFor(signal);
  await settled();
  expect(woken).toEqual(["woken"]);
});

it("several wake-ups are one", async () => {
  const signal = new Signal();
  signal.wake();
  signal.wake();
  await signal.wait();
  const woken = waitFor(signal);
  await settled();
  expect(woken).toEqual([]);
});

it("a wake-up that ended a wait does not end the next one", async () => {
  const signal = new Signal();
  const first = waitFor(signal);
  signal.wake();
  await settled();
  const second = waitFor(signal);
  await settled();
  expect([first, second]).toEqual([["woken"], []]);
});
