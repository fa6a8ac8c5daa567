/** One instance of the product in a process of its own, with a data folder of its own, as a supervisor runs it. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { type ProcessFolder, until } from "../support/kafka/processes/index.js";
import { lookAt } from "../support/log-hygiene/collect.js";

export interface InstanceOptions {
  readonly name: string;
  /** The built command line. */
  readonly program: string;
  /** Of `start`, but for the data folder. */
  readonly args: readonly string[];
  /** Of its data and its log, by which its process is known, and ended with its owner. */
  readonly folder: ProcessFolder;
  /** Takes what must not have happened. */
  readonly problem: (text: string) => void;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

interface Life {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Whether its end is somebody's doing. */
  expected: boolean;
  /** In the log. */
  readonly from: number;
}

const READY_WITHIN_MS = 90_000;
/** 10 s are allowed to it; the machine is busy. */
const STOPPED_WITHIN_MS = 20_000;
const SUPERVISOR_PAUSE_MS = 500;
/** Pino's. */
const ERROR_LEVEL = 50;

export class Instance {
  readonly dataFolder: string;
  readonly logFile: string;
  #life: Life | null = null;
  #paused = false;
  #supervised = true;

  constructor(private readonly options: InstanceOptions) {
    const { folder, name } = options;
    this.dataFolder = folder.file(name);
    this.logFile = folder.file(`${name}.log`);
  }

  get name(): string {
    return this.options.name;
  }

  get isRunning(): boolean {
    return this.#life !== null;
  }

  /** @param crashAt `LABEL:N`: it kills itself there. */
  start(crashAt: string | null = null): void {
    if (this.#life !== null) throw new Error(`${this.name} runs already`);
    const { program, args, folder, name } = this.options;
    const log = openSync(this.logFile, "a");
    writeSync(log, `--- ${new Date().toISOString()} start${crashAt === null ? "" : `, to crash at ${crashAt}`}\n`);
    const from = statSync(this.logFile).size;
    const child = spawn(process.execPath, [program, ...args, "--data-dir", this.dataFolder], {
      env: { ...process.env, ...(crashAt === null ? {} : { QUEUE_RATCHET_CRASH_AT: crashAt }) },
      stdio: ["ignore", log, log],
      detached: true,
    });
    closeSync(log);
    if (child.pid !== undefined) folder.record(name, child.pid);
    const ended = new Promise<Ended>((resolve) => child.once("exit", (code, signal) => resolve({ code, signal })));
    const life = { child, ended, expected: crashAt !== null, from };
    this.#life = life;
    void ended.then((end) => this.#afterEnd(life, end));
  }

  /** Whether it became so in time, be it in a later life: its supervisor starts it again. */
  isReady(): Promise<boolean> {
    const saysSo = () => this.#life !== null && this.#log(this.#life).includes('"msg":"ready"');
    return until(saysSo, READY_WITHIN_MS, 50);
  }

  async kill(): Promise<void> {
    await this.#endBy("SIGKILL");
  }

  /** For good. */
  async end(): Promise<void> {
    this.#supervised = false;
    await this.kill();
  }

  /** Asks it to stop, as an orchestrator does. */
  async stop(): Promise<void> {
    const life = this.#life;
    if (life === null) return;
    const inTime = await Promise.race([this.#endBy("SIGTERM"), delay(STOPPED_WITHIN_MS, null, { ref: false })]);
    if (inTime === null) {
      this.options.problem(`${this.name} did not stop within ${STOPPED_WITHIN_MS} ms of SIGTERM`);
      await this.kill();
    } else if (inTime.code !== 0 && this.#log(life).trim() !== "") {
      // The signal alone ends one that has not begun yet.
      this.options.problem(`${this.name} was asked to stop and ended with ${inTime.code ?? inTime.signal}`);
    }
  }

  /** @returns whether it has killed itself in time, as it was started to. */
  async diesWithin(withinMs: number): Promise<boolean> {
    const end = await Promise.race([this.#life?.ended, delay(withinMs, null, { ref: false })]);
    return end?.signal === "SIGKILL";
  }

  pause(): void {
    this.#paused = true;
    this.#life?.child.kill("SIGSTOP");
  }

  resume(): void {
    this.#paused = false;
    this.#life?.child.kill("SIGCONT");
  }

  /** As a new machine starts: with nothing. */
  emptyFolder(): void {
    if (this.#life !== null) throw new Error(`${this.name} runs: its folder stays`);
    rmSync(this.dataFolder, { recursive: true, force: true });
  }

  /** Nobody will look at it again. */
  remove(): void {
    this.emptyFolder();
    lookAt(readFileSync(this.logFile, "utf8"), `the log of ${this.name} under faults`);
    rmSync(this.logFile, { force: true });
  }

  /** What it has logged as an error. */
  errors(): readonly string[] {
    const lines = readFileSync(this.logFile, "utf8").split("\n");
    return lines.filter((line) => line.includes(`"level":${ERROR_LEVEL}`) || /^(queue-ratchet:|\s+at )/.test(line));
  }

  #log({ from }: Life): string {
    return readFileSync(this.logFile).subarray(from).toString("utf8");
  }

  async #endBy(signal: NodeJS.Signals): Promise<Ended> {
    const life = this.#life;
    if (life === null) return { code: 0, signal: null };
    life.expected = true;
    // Whoever is stopped sees no other signal.
    if (this.#paused) this.resume();
    life.child.kill(signal);
    return life.ended;
  }

  async #afterEnd(life: Life, { code, signal }: Ended): Promise<void> {
    if (this.#life === life) this.#life = null;
    if (life.expected) return;
    this.options.problem(`${this.name} ended by itself with ${code ?? signal}; its log: ${this.logFile}`);
    await delay(SUPERVISOR_PAUSE_MS);
    if (this.#life === null && this.#supervised) this.start();
  }
}
