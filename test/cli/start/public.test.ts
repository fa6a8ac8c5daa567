/** The public listener's thread: what crosses to it and back, and what happens when it ends. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { MessageChannel } from "node:worker_threads";
import { describe, expect, it, onTestFinished } from "vitest";
import { Calls, type Methods, RemoteError } from "../../../cli/start/public/calls.js";
import type { ThreadSettings } from "../../../cli/start/public/protocol.js";
import { PublicListener, type PublicListenerPorts } from "../../../cli/start/public/public-listener.js";
import { packRecords, unpackRecords } from "../../../cli/start/public/records-message.js";
import { ListenError } from "../../../console/index.js";
import { NotHereError } from "../../../runtime/queries/index.js";
import type { ProducedRecord } from "../../../runtime/task/index.js";

describe("records", () => {
  const bytes = (...values: number[]) => Buffer.from(values);
  const record = (part: Partial<ProducedRecord>): ProducedRecord => ({
    topic: "t",
    timestamp: 1,
    key: null,
    value: null,
    headers: [],
    ...part,
  });

  it("arrive as they were sent, null, empty and full", () => {
    const slab = Buffer.from("....value....");
    const records = [
      record({}),
      record({ key: bytes(), value: bytes() }),
      record({ topic: "u", timestamp: 7, key: bytes(0, 255), value: slab.subarray(4, 9) }),
      record({
        headers: [
          { key: "a", value: null },
          { key: "a", value: bytes(1) },
          { key: "", value: bytes() },
        ],
      }),
    ];
    const message = packRecords(records);
    // The slab around a view stays behind.
    expect(message.bytes.byteLength).toBe(2 + 5 + 1);
    expect(unpackRecords(structuredClone(message))).toEqual(records);
  });
});

describe("calls", () => {
  function pair(methods: Methods) {
    const { port1, port2 } = new MessageChannel();
    onTestFinished(() => port1.close());
    const asking = new Calls(port1, {});
    const answering = new Calls(port2, methods);
    port1.on("message", (message) => asking.receive(message));
    port2.on("message", (message) => answering.receive(message));
    return { asking, port2 };
  }

  it("are answered, each with its own", async () => {
    const { asking } = pair({ double: async (value: number) => value * 2 });
    expect(await Promise.all([1, 2, 3].map((value) => asking.ask<number>("double", value)))).toEqual([2, 4, 6]);
  });

  it("bring the name of an error, its message and what it needs", async () => {
    const fail = () => {
      throw new NotHereError(3);
    };
    const error: unknown = await pair({ fail })
      .asking.ask("fail")
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(RemoteError);
    expect(error).toMatchObject({ crossed: { name: "NotHereError", details: { partition: 3 } } });
  });

  it("of what there is not are refused, and none waits for a side that is gone", async () => {
    const { asking, port2 } = pair({ never: () => new Promise(() => undefined) });
    await expect(asking.ask("other")).rejects.toThrow('no method "other"');
    const waiting = asking.ask("never");
    port2.close();
    asking.end("it is gone");
    await expect(waiting).rejects.toThrow("it is gone");
    await expect(asking.ask("never")).rejects.toThrow("it is gone");
  });
});

describe("the thread", () => {
  const PORTS = {
    engine: { state: "running", isReady: true, tasks: [] },
    queries: {},
    log: { warn: () => undefined, error: () => undefined },
  } as unknown as PublicListenerPorts;
  const BUILT = new URL("../../../dist/cli/start/public/thread.js", import.meta.url);
  const SETTINGS: ThreadSettings = {
    webhooks: {
      secrets: { kustomer: null, rasayel: null, belco: null },
      takesUnsigned: false,
      maxBodyBytes: 1_024,
      budget: { maxBytes: 1_024, maxRequests: 1 },
      topic: "raw-events",
      partitions: 1,
      tenant: null,
    },
    listener: {},
  };

  it("answers for the main thread, gives its metrics, and closes", async () => {
    const listener = new PublicListener(SETTINGS, PORTS, BUILT);
    const address = await listener.open({ host: "127.0.0.1", port: 0, setting: "port" });
    const ready = await fetch(`http://${address}/readyz`);
    expect([ready.status, await ready.json()]).toMatchObject([200, { engine: "running" }]);
    expect(await listener.metrics()).toContain("queue_ratchet_webhook_requests_total");
    await listener.close();
    await expect(fetch(`http://${address}/readyz`)).rejects.toThrow();
  });

  it("says that a port is taken", async () => {
    const first = new PublicListener(SETTINGS, PORTS, BUILT);
    const address = await first.open({ host: "127.0.0.1", port: 0, setting: "port" });
    const second = new PublicListener(SETTINGS, PORTS, BUILT);
    const at = { host: "127.0.0.1", port: Number(address.split(":")[1]), setting: "port" };
    await expect(second.open(at)).rejects.toThrow(ListenError);
    await Promise.all([first.close(), second.close()]);
  });

  it("that ends by itself is a failure: nobody would be answered", async () => {
    const folder = await mkdtemp(join(tmpdir(), "thread-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, "broken.mjs");
    await writeFile(file, "setTimeout(() => { throw new Error('a defect'); }, 10);");
    const listener = new PublicListener(SETTINGS, PORTS, pathToFileURL(file));
    await expect(listener.failed).rejects.toThrow("the thread of the public listener has failed: a defect");
    await expect(listener.metrics()).rejects.toThrow("a defect");
  });
});
