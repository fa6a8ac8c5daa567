/** Starts the writing child, and gathers what it says. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

export interface ChildSettings {
  readonly folder: string;
  /** Per client; -1: until it is killed. */
  readonly commits: number;
  readonly writeBufferBytes?: number;
  readonly crashAt?: string;
  /** Keep the folder open when done, until `release`. */
  readonly hold?: boolean;
  readonly uid?: number;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A child that does not outlive the test. */
export function startChild(settings: ChildSettings): WritingChild {
  const child = new WritingChild(settings);
  onTestFinished(async () => {
    child.kill();
    await child.ended;
  });
  return child;
}

/** Use it through {@link startChild}, but where there is no test at hand. */
export class WritingChild {
  readonly lines: string[] = [];
  readonly ended: Promise<Ended>;
  private readonly process: ChildProcess;
  private readonly listeners = new Set<() => void>();

  constructor({ folder, commits, writeBufferBytes, crashAt, hold, uid }: ChildSettings) {
    const args = ["--import", path("child-loader.mjs"), path("child.ts"), folder, String(commits)];
    if (writeBufferBytes !== undefined) args.push(String(writeBufferBytes));
    const env = { ...process.env, QUEUE_RATCHET_CRASH_AT: crashAt ?? "", HOLD: hold === true ? "1" : "" };
    this.process = spawn(process.execPath, args, {
      env,
      stdio: ["pipe", "pipe", "inherit"],
      ...(uid === undefined ? {} : { uid }),
    });
    const { stdout } = this.process;
    if (stdout === null) throw new Error("the child has no output");
    createInterface({ input: stdout }).on("line", (line) => {
      this.lines.push(line);
      for (const listener of this.listeners) listener();
    });
    this.ended = new Promise((resolve) => {
      this.process.on("close", (code, signal) => resolve({ code, signal }));
    });
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  kill(): void {
    this.process.kill("SIGKILL");
  }

  release(): void {
    this.process.stdin?.end();
  }

  /** The first line that begins so. Rejects when the child ends before it says it. */
  async said(beginning: string, times = 1): Promise<string> {
    const ended = this.ended.then(() => "ended" as const);
    for (;;) {
      const found = this.lines.filter((line) => line.startsWith(beginning))[times - 1];
      if (found !== undefined) return found;
      let listener: (() => void) | undefined;
      const next = new Promise<void>((resolve) => {
        listener = resolve;
        this.listeners.add(resolve);
      });
      const outcome = await Promise.race([next, ended]);
      if (listener !== undefined) this.listeners.delete(listener);
      if (outcome === "ended" && !this.lines.some((line) => line.startsWith(beginning))) {
        throw new Error(`the child ended without "${beginning}"; it said: ${this.lines.slice(-5).join(" | ")}`);
      }
    }
  }

  /** By client: how many commits it was told are durable. */
  get acknowledged(): ReadonlyMap<number, number> {
    const acknowledged = new Map<number, number>();
    for (const line of this.lines) {
      const match = /^acknowledged (\d+) (\d+)$/.exec(line);
      if (match !== null) acknowledged.set(Number(match[1]), Number(match[2]));
    }
    return acknowledged;
  }
}
