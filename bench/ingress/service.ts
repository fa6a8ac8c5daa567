/** What is measured, each in a process of its own: the service on an engine, or the peer. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { startChild } from "../kafka/children.js";

export const SECRET = "the secret of a benchmark";

export interface Target {
  readonly host: string;
  readonly port: number;
  stop(): Promise<void>;
}

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** @param flags of the engine */
export async function startService(flags: readonly string[] = []): Promise<Target> {
  const folder = await mkdtemp(join(tmpdir(), "queue-ratchet-bench-"));
  const settings = ["--data-dir", folder, "--port", "0", "--metrics-port", "0", "--kustomer-secrets", SECRET];
  const target = await start([path("../../cli/main.js"), "start", ...settings, ...flags], (line) => {
    const { msg, http } = JSON.parse(line);
    return msg === "ready" ? http : null;
  });
  return {
    ...target,
    async stop() {
      await target.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The same framework, which verifies nothing, keeps nothing and answers 202 at once: what HTTP alone costs. */
export function startPeer(): Promise<Target> {
  return start([path("peer.js")], (line) => line);
}

/** @param addressOf the `host:port` that a line of its output tells; null when it tells none */
async function start(args: readonly string[], addressOf: (line: string) => string | null): Promise<Target> {
  const child = startChild(args);
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
  const address = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const found = addressOf(line);
      if (found !== null) resolve(found);
    });
    void ended.then(() => reject(new Error(`${args.join(" ")}: ended before it listened`)));
  });
  const { hostname: host, port } = new URL(`http://${address}`);
  return {
    host,
    port: Number(port),
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
