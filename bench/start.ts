/**
 * `npm run bench:start`: from the start of a process until the engine runs, on a folder with a million conversations: after a
 * clean end, and after kill -9 in the midst of work. CONVERSATIONS and RUNS make it shorter.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { openEngine, run } from "./engine.js";
import { formatNumber, median } from "./measure.js";

const CONVERSATIONS = Number(process.env.CONVERSATIONS ?? 1_000_000);
const RUNS = Number(process.env.RUNS ?? 3);
/** Decided before the kill: as much again as RocksDB keeps in memory, which a start has to replay. */
const EVENTS_BEFORE_KILL = Math.min(200_000, CONVERSATIONS);

type Part = "fill" | "start" | "work";

/** What a child does on the folder; it says so when it has come that far. */
async function act(part: Part, folder: string): Promise<void> {
  const benched = await openEngine(folder);
  console.log("running");
  if (part === "fill") await run(benched, "normalised", { conversations: CONVERSATIONS, count: CONVERSATIONS });
  if (part === "work") {
    let told = false;
    await run(benched, "normalised", { conversations: CONVERSATIONS, count: Number.MAX_SAFE_INTEGER }, (appended) => {
      if (!told && appended >= EVENTS_BEFORE_KILL) console.log("busy");
      told ||= appended >= EVENTS_BEFORE_KILL;
    });
  }
  await benched.engine.stop();
}

class Child {
  private readonly startedMs = performance.now();
  private readonly process: ChildProcess;
  private readonly ended: Promise<unknown>;
  /** When each line was said, after the start (ms). */
  private readonly said = new Map<string, number>();
  private readonly listeners = new Set<() => void>();

  constructor(part: Part, folder: string) {
    this.process = spawn(process.execPath, [fileURLToPath(import.meta.url), part, folder], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const { stdout } = this.process;
    if (stdout === null) throw new Error("the child has no output");
    createInterface({ input: stdout }).on("line", (line) => {
      this.said.set(line, performance.now() - this.startedMs);
      for (const listener of this.listeners) listener();
    });
    this.ended = new Promise((resolve) => this.process.on("close", resolve));
  }

  /** @returns how long after its start it said this (ms). @throws Error when it ended without */
  async saidAfterMs(line: string): Promise<number> {
    let over = false;
    void this.ended.then(() => {
      over = true;
      for (const listener of this.listeners) listener();
    });
    for (;;) {
      const found = this.said.get(line);
      if (found !== undefined) return found;
      if (over) throw new Error(`the child ended before it was ${line}`);
      await new Promise<void>((resolve) => this.listeners.add(resolve));
    }
  }

  async end(): Promise<void> {
    await this.ended;
  }

  async kill(): Promise<void> {
    this.process.kill("SIGKILL");
    await this.ended;
  }
}

async function startMs(folder: string): Promise<number> {
  const child = new Child("start", folder);
  const afterMs = await child.saidAfterMs("running");
  await child.end();
  return afterMs;
}

function show(title: string, times: readonly number[]): void {
  const all = times.map((time) => `${formatNumber(time)} ms`).join(", ");
  console.log(
    `start with ${formatNumber(CONVERSATIONS)} conversations ${title}: ${formatNumber(median(times))} ms (${all})`,
  );
}

async function bench(folder: string): Promise<void> {
  await new Child("fill", folder).end();
  const clean: number[] = [];
  for (let count = 0; count < RUNS; count++) clean.push(await startMs(folder));
  show("after a clean end", clean);
  const killed: number[] = [];
  for (let count = 0; count < RUNS; count++) {
    const child = new Child("work", folder);
    await child.saidAfterMs("busy");
    await child.kill();
    killed.push(await startMs(folder));
  }
  show("after kill -9", killed);
}

const [, , part, folder] = process.argv;
if ((part === "fill" || part === "start" || part === "work") && folder !== undefined) {
  await act(part, folder);
} else {
  const temporary = mkdtempSync(join(tmpdir(), "queue-ratchet-bench-"));
  try {
    await bench(temporary);
  } finally {
    rmSync(temporary, { recursive: true });
  }
}
