/** The folder of some servers: their data, their logs, and which processes they are, so that none outlives its owner. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runs } from "./command-line.js";
import { until } from "./until.js";
import { watch } from "./watcher.js";

const GONE_WITHIN_MS = 10_000;
const PID = ".pid";
const RUNNING = "running";
const KEEP_LOGS = "keep-logs";
const LOG = ".log";

export interface ProcessFolderOptions {
  /** Otherwise a new one in the system's folder for temporary files. */
  readonly path?: string;
  /** The process with whose end these processes end too; null: they outlive everybody. */
  readonly owner: number | null;
}

/** Every process recorded in it has the folder's path in its command line, by which it is known again. */
export class ProcessFolder {
  private constructor(readonly path: string) {}

  static create(prefix: string, { path, owner }: ProcessFolderOptions): ProcessFolder {
    if (path !== undefined) mkdirSync(path, { recursive: true });
    const folder = new ProcessFolder(realpathSync(path ?? mkdtempSync(join(tmpdir(), prefix))));
    writeFileSync(join(folder.path, RUNNING), "");
    if (owner !== null) watch(folder.path, owner);
    if (owner === process.pid) process.once("exit", folder.kill);
    return folder;
  }

  /** One that this or another process has created; null when there is none. */
  static find(path: string): ProcessFolder | null {
    return existsSync(join(path, RUNNING)) ? new ProcessFolder(realpathSync(path)) : null;
  }

  file(name: string): string {
    return join(this.path, name);
  }

  record(name: string, pid: number): void {
    writeFileSync(this.file(`${name}${PID}`), String(pid));
  }

  /** Lets the logs be when the rest is removed, by whichever process: a failed test has named them. */
  keepLogs(): void {
    writeFileSync(this.file(KEEP_LOGS), "");
  }

  isRunning(): boolean {
    return this.pids().some((pid) => runs(pid, this.path));
  }

  /** Ends the processes at once, and removes the folder. */
  async end(): Promise<void> {
    process.removeListener("exit", this.kill);
    this.kill();
    if (!(await until(() => !this.isRunning(), GONE_WITHIN_MS))) {
      throw new Error(`a process of ${this.path} is still there ${GONE_WITHIN_MS} ms after SIGKILL`);
    }
    if (!existsSync(this.file(KEEP_LOGS))) return rm(this.path, { recursive: true, force: true, maxRetries: 5 });
    for (const name of readdirSync(this.path)) {
      if (!name.endsWith(LOG)) rmSync(this.file(name), { recursive: true, force: true, maxRetries: 5 });
    }
  }

  private readonly kill = (): void => {
    for (const pid of this.pids()) if (runs(pid, this.path)) process.kill(pid, "SIGKILL");
  };

  private pids(): number[] {
    if (!existsSync(this.path)) return [];
    return readdirSync(this.path)
      .filter((name) => name.endsWith(PID))
      .map((name) => Number(readFileSync(this.file(name), "utf8")));
  }
}
