/** Starts a program of this folder in a process of its own, and listens to what it says. As TypeScript from tests, built from benchmarks. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const LOADER = "../../runtime/embedded/support/child-loader.mjs";
const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

export class Child {
  readonly lines: string[] = [];
  readonly ended: Promise<void>;
  private readonly process: ChildProcess;
  private readonly listeners = new Set<() => void>();
  private hasEnded = false;

  constructor(program: string, options: unknown) {
    const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
    const loader = extension === "ts" ? ["--import", path(LOADER)] : [];
    const args = [...loader, path(`${program}.${extension}`), JSON.stringify(options)];
    this.process = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
    const { stdin, stdout } = this.process;
    if (stdin === null || stdout === null) throw new Error("the child has no input or output");
    stdin.on("error", () => undefined);
    createInterface({ input: stdout }).on("line", (line) => {
      this.lines.push(line);
      this.tell();
    });
    this.ended = new Promise((resolve) => {
      this.process.on("close", () => {
        this.hasEnded = true;
        this.tell();
        resolve();
      });
    });
  }

  /** Closes its input: it ends, and says what there is to say. */
  stop(): void {
    this.process.stdin?.end();
  }

  kill(): void {
    this.process.kill("SIGKILL");
  }

  /** What follows the word in the first line that begins with it. @throws Error when it ends without */
  async said(word: string): Promise<string> {
    for (;;) {
      const found = this.lines.find((line) => line === word || line.startsWith(`${word} `));
      if (found !== undefined) return found.slice(word.length + 1);
      if (this.hasEnded) throw new Error(`the child ended without "${word}": ${this.lines.slice(-3).join(" | ")}`);
      await new Promise<void>((resolve) => this.listeners.add(resolve));
    }
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
    this.listeners.clear();
  }
}
