/** The test service as a process, as the test sees it: what it says, its table, and its end. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import type { Progress } from "../../../../consumer/index.js";
import { until } from "../../../support/kafka/index.js";
import type { ServiceSettings } from "./service.js";

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const LOADER = path("../../../runtime/embedded/support/child-loader.mjs");
const WITHIN_MS = 30_000;

export class RunningService {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #ended: Promise<unknown>;
  #progress: Progress | null = null;
  #errors = "";

  private constructor(settings: ServiceSettings) {
    this.#child = spawn(process.execPath, ["--import", LOADER, path("service.ts"), JSON.stringify(settings)], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#ended = once(this.#child, "exit");
    createInterface({ input: this.#child.stdout }).on("line", (line) => {
      this.#progress = JSON.parse(line) as Progress;
    });
    this.#child.stderr.on("data", (text) => {
      this.#errors = `${this.#errors}${text}`.slice(-4_000);
    });
  }

  /** Killed at the end of the test. */
  static start(settings: ServiceSettings): RunningService {
    const service = new RunningService(settings);
    onTestFinished(() => service.kill());
    return service;
  }

  /** As it last said. */
  get progress(): Progress | null {
    return this.#progress;
  }

  /** @throws when it is not so in time, or the service has ended */
  async until(what: string, condition: (progress: Progress) => boolean | Promise<boolean>): Promise<void> {
    const hasEnded = () => this.#child.exitCode !== null || this.#child.signalCode !== null;
    const so = async () => hasEnded() || (this.#progress !== null && (await condition(this.#progress)));
    const inTime = await until(so, WITHIN_MS, 20);
    if (inTime && !hasEnded()) return;
    const why = hasEnded() ? "the service has ended" : "not in time";
    throw new Error(`${why}: ${what}; it said ${JSON.stringify(this.#progress)}\n${this.#errors}`);
  }

  /** With -9. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }

  /** As asked, and it must end well. */
  async stop(): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#ended;
    if (this.#child.exitCode !== 0) throw new Error(`it ended with ${this.#child.exitCode}\n${this.#errors}`);
  }
}
