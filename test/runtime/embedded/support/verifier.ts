/** Opens and reads folders in a child process, and says how that ended: also when the child was ended by it. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

export interface VerifyRequest {
  readonly folder: string;
  /** By client: how many commits it was told of. */
  readonly acknowledged: readonly (readonly [number, number])[];
}

export type Verdict =
  | { readonly kind: "unharmed" }
  /** A CorruptStoreError. */
  | { readonly kind: "named"; readonly message: string; readonly file: string | null }
  /** Any other error, such as data that is not as it was written. */
  | { readonly kind: "wrong"; readonly text: string }
  /** The process ended, by an assertion of RocksDB or otherwise. */
  | { readonly kind: "aborted"; readonly text: string }
  | { readonly kind: "hung" };

const MAX_MS = 20_000;
const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** One child serves many folders, one at a time, until it ends; then there is another one. */
export class Verifier {
  private child: VerifyingChild | null = null;

  async verify(folder: string, acknowledged: ReadonlyMap<number, number>): Promise<Verdict> {
    const child = this.child ?? new VerifyingChild();
    this.child = child;
    const verdict = await child.verify({ folder, acknowledged: [...acknowledged] });
    if (verdict.kind === "aborted" || verdict.kind === "hung") await this.close();
    return verdict;
  }

  async close(): Promise<void> {
    const { child } = this;
    this.child = null;
    await child?.end();
  }
}

class VerifyingChild {
  private readonly process: ChildProcessWithoutNullStreams;
  private readonly lines: AsyncIterator<string>;
  private readonly ended: Promise<string>;
  private errorOutput = "";

  constructor() {
    this.process = spawn(process.execPath, ["--import", path("child-loader.mjs"), path("verifying-child.ts")]);
    this.process.stderr.on("data", (text) => {
      this.errorOutput = (this.errorOutput + text).slice(-4_000);
    });
    // Writing to a child that has just ended: `ended` tells.
    this.process.stdin.on("error", () => undefined);
    this.lines = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]();
    this.ended = new Promise((resolve) => {
      this.process.on("close", (code, signal) => resolve(`${signal ?? code}: ${this.errorOutput.trim()}`));
    });
  }

  async verify(request: VerifyRequest): Promise<Verdict> {
    const stop = new AbortController();
    this.process.stdin.write(`${JSON.stringify(request)}\n`);
    const hung = delay(MAX_MS, { kind: "hung" } as const, { signal: stop.signal });
    hung.catch(() => undefined);
    try {
      return await Promise.race([this.answer(), hung]);
    } finally {
      stop.abort();
    }
  }

  async end(): Promise<void> {
    this.process.kill("SIGKILL");
    await this.ended;
  }

  private async answer(): Promise<Verdict> {
    const line = await this.lines.next();
    return line.done === true ? { kind: "aborted", text: await this.ended } : JSON.parse(line.value);
  }
}
