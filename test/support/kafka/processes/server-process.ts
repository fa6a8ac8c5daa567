/** A server that runs on after the command that started it, with its output in a file. */
import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, statSync, writeSync } from "node:fs";
import { runs } from "./command-line.js";
import type { ProcessFolder } from "./process-folder.js";
import { until } from "./until.js";

const GONE_WITHIN_MS = 15_000;
const LAST_LINES = 30;

/** A server died, or did not get ready in time. Its log says why. */
export class ServerFailed extends Error {
  override readonly name = "ServerFailed";
}

export interface ServerCommand {
  /** Of the files in the folder. */
  readonly name: string;
  readonly command: string;
  /** They contain the folder's path: it is how the process is known. */
  readonly args: readonly string[];
}

export class ServerProcess {
  readonly logFile: string;
  private pid = 0;
  private logStart = 0;

  constructor(
    private readonly folder: ProcessFolder,
    private readonly server: ServerCommand,
  ) {
    this.logFile = folder.file(`${server.name}.log`);
  }

  /** It is not ready when this returns. */
  start(): void {
    const log = openSync(this.logFile, "a");
    this.logStart = statSync(this.logFile).size;
    if (this.logStart > 0) writeSync(log, `--- started again at ${new Date().toISOString()}\n`);
    const { command, args, name } = this.server;
    // A process group of its own: an interrupt from the terminal ends the tests, which then end it.
    const child = spawn(command, args, { cwd: this.folder.path, detached: true, stdio: ["ignore", log, log] });
    child.on("error", (error) => writeSync(log, `could not be started: ${error.message}\n`));
    child.unref();
    this.pid = child.pid ?? 0;
    if (this.pid !== 0) this.folder.record(name, this.pid);
    child.on("close", () => closeSync(log));
  }

  /** @throws ServerFailed when it does not run, or the condition does not hold in time. */
  async ready(isReady: (log: string) => boolean | Promise<boolean>, withinMs: number): Promise<void> {
    let died = false;
    const decided = await until(async () => {
      // Asked before the log is read: what it said before it died counts.
      died = !this.isRunning();
      return (await isReady(this.log())) || died;
    }, withinMs);
    if (decided && !died) return;
    throw new ServerFailed(
      `${this.server.name} ${died ? "died before it was ready" : `was not ready within ${withinMs} ms`}. ` +
        `The end of its log, ${this.logFile}:\n${this.log().trimEnd().split("\n").slice(-LAST_LINES).join("\n")}`,
    );
  }

  isRunning(): boolean {
    return this.pid !== 0 && runs(this.pid, this.folder.path);
  }

  /** @throws ServerFailed when it does not run. */
  signal(signal: NodeJS.Signals): void {
    if (!this.isRunning()) throw new ServerFailed(`${this.server.name} does not run; its log: ${this.logFile}`);
    process.kill(this.pid, signal);
  }

  async gone(): Promise<void> {
    if (await until(() => !this.isRunning(), GONE_WITHIN_MS, 5)) return;
    throw new ServerFailed(`${this.server.name} did not end within ${GONE_WITHIN_MS} ms; its log: ${this.logFile}`);
  }

  /** What it has written since it was last started. */
  private log(): string {
    return readFileSync(this.logFile).subarray(this.logStart).toString("utf8");
  }
}
