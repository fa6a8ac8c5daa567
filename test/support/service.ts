/** Starts the built service in a process of its own, and listens to what it says. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { lookAt, lookAtLine } from "./log-hygiene/collect.js";
import { patient } from "./patience.js";
import { PROGRAM } from "./program.js";

const SAID_WITHIN_MS = 30_000;

export interface ServiceEnded {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Ready {
  /** As `http://host:port`. */
  readonly http: string;
  readonly metrics: string;
}

export interface ServiceOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Of another user than root, whose rights it would have otherwise. */
  readonly uid?: number;
  /** Another one than the built command line. */
  readonly program?: string;
}

/** Any free ports, whatever else the arguments say. It does not outlive the test. */
export function startService(args: readonly string[], options: ServiceOptions = {}): RunningService {
  const service = new RunningService(["start", "--port", "0", "--metrics-port", "0", ...args], options);
  onTestFinished(async () => {
    service.kill("SIGKILL");
    await service.ended;
  });
  return service;
}

export class RunningService {
  /** Lines of standard output and standard error, in the order in which they came. */
  readonly lines: string[] = [];
  readonly ended: Promise<ServiceEnded>;
  readonly process: ChildProcess;
  private readonly listeners = new Set<() => void>();

  constructor(args: readonly string[], { env = {}, cwd, uid, program = PROGRAM }: ServiceOptions) {
    this.process = spawn(process.execPath, [program, ...args], {
      env: { ...process.env, ...env },
      stdio: ["pipe", "pipe", "pipe"],
      ...(cwd === undefined ? {} : { cwd }),
      ...(uid === undefined ? {} : { uid }),
    });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      if (stream === null) throw new Error("the service has no output");
      createInterface({ input: stream }).on("line", (line) => {
        this.lines.push(line);
        if (stream === this.process.stderr) lookAt(line, "the service's standard error");
        else lookAtLine(line, "the service's log");
        this.tell();
      });
    }
    // It may end before it has read everything.
    this.process.stdin?.on("error", () => undefined);
    this.ended = new Promise((resolve) => {
      this.process.on("close", (code, signal) => {
        resolve({ code, signal });
        this.tell();
      });
    });
  }

  kill(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }

  /** The first line with this text. Rejects when the service ends before it says it, or does not say it in time. */
  async said(text: string): Promise<string> {
    const untilMs = performance.now() + patient(SAID_WITHIN_MS);
    for (;;) {
      if (performance.now() > untilMs)
        throw new Error(`the service has not said "${text}"; it said:\n${this.lines.slice(-20).join("\n")}`);
      const found = this.lines.find((line) => line.includes(text));
      if (found !== undefined) return found;
      if (this.process.exitCode !== null || this.process.signalCode !== null) {
        await this.ended;
        const late = this.lines.find((line) => line.includes(text));
        if (late !== undefined) return late;
        throw new Error(`the service ended without "${text}"; it said:\n${this.lines.slice(-20).join("\n")}`);
      }
      await Promise.race([
        delay(1_000),
        new Promise<void>((resolve) => {
          this.listeners.add(resolve);
        }),
      ]);
    }
  }

  async ready(): Promise<Ready> {
    const { http, metrics } = JSON.parse(await this.said('"msg":"ready"')) as { http: string; metrics: string };
    return { http: `http://${http}`, metrics: `http://${metrics}` };
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
    this.listeners.clear();
  }
}
