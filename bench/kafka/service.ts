/** The service as a process of its own, as anybody would start it: what it says, what it uses, and its end. */
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Application, Guarantee } from "./application.js";
import { startChild } from "./children.js";
import { clockMs } from "./clock.js";
import { type Usage, usageOf } from "./usage.js";

export interface ServiceOptions {
  readonly application: Application;
  readonly folder: string;
  readonly guarantee: Guarantee;
  /** For node itself, such as --cpu-prof. */
  readonly nodeFlags: readonly string[];
  readonly sessionTimeoutMs?: number;
}

/** A line of its log, and when it came (epoch ms). */
export interface Said {
  readonly msg: string;
  readonly atMs: number;
  readonly [field: string]: unknown;
}

const PROGRAM = fileURLToPath(new URL("../../cli/main.js", import.meta.url));
const SAYS_WITHIN_MS = 300_000;

export class Service {
  readonly spawnedAtMs = clockMs();
  readonly said: Said[] = [];
  private readonly child: ChildProcess;
  private readonly ended: Promise<unknown>;
  private hasEnded = false;
  private readonly listeners = new Set<() => void>();

  constructor({ application, folder, guarantee, nodeFlags, sessionTimeoutMs }: ServiceOptions) {
    const settings = {
      "--brokers": application.servers.bootstrap,
      "--registry-url": application.servers.registryUrl,
      "--topic-prefix": application.prefix,
      "--application-id": application.id,
      "--partitions": String(application.partitions),
      "--data-dir": folder,
      "--guarantee": guarantee,
      "--port": "0",
      "--metrics-port": "0",
      ...(sessionTimeoutMs === undefined ? {} : { "--session-timeout-ms": String(sessionTimeoutMs) }),
    };
    const flags = ["start", "--engine", "kafka", ...Object.entries(settings).flat()];
    const child = startChild([...nodeFlags, PROGRAM, ...flags]);
    this.child = child;
    createInterface({ input: child.stdout }).on("line", (line) => this.hear(line));
    this.ended = new Promise<void>((resolve) => {
      this.child.on("close", () => {
        this.hasEnded = true;
        this.tell();
        resolve();
      });
    });
  }

  /** The first line that is so. @throws Error when none comes, or the service ends before */
  async says(isSo: (said: Said) => boolean): Promise<Said> {
    const until = clockMs() + SAYS_WITHIN_MS;
    for (;;) {
      const found = this.said.find(isSo);
      if (found !== undefined) return found;
      if (this.hasEnded || clockMs() > until)
        throw new Error(`the service did not say it: ${JSON.stringify(this.said)}`);
      await this.somethingNew(until);
    }
  }

  /** The first partitions of the ratchet, before it has processed anything of them. */
  assigned(): Promise<Said> {
    return this.says(({ msg, group, partitions }) => {
      return msg === "partitions assigned" && String(group).endsWith("-ratchet") && partitions !== "";
    });
  }

  ready(): Promise<Said> {
    return this.says(({ msg }) => msg === "ready");
  }

  get usage(): Usage {
    return usageOf(this.pid);
  }

  /** As asked. */
  async stop(): Promise<void> {
    this.child.kill("SIGTERM");
    await this.ended;
  }

  /** Without a good-bye. */
  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.ended;
  }

  private get pid(): number {
    if (this.child.pid === undefined) throw new Error("the service could not be started");
    return this.child.pid;
  }

  private hear(line: string): void {
    this.said.push({ ...JSON.parse(line), atMs: clockMs() });
    this.tell();
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
    this.listeners.clear();
  }

  private somethingNew(until: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, until - clockMs()));
      this.listeners.add(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
