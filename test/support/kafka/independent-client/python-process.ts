/** The conversation with the Python process: one JSON object a line, each answer with the number of its question. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { pythonWithClients } from "../downloads/index.js";

const PROGRAM = fileURLToPath(new URL("./independent_client.py", import.meta.url));
const LAST_LINES = 20;

const ANSWER = z.object({ id: z.number(), error: z.string().optional(), result: z.unknown().optional() });

/** What librdkafka or the broker refused, or the process died. */
export class IndependentClientFailed extends Error {
  override readonly name = "IndependentClientFailed";
}

interface Asked {
  readonly command: string;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: IndependentClientFailed) => void;
}

export class PythonProcess {
  private readonly asked = new Map<number, Asked>();
  private readonly said: string[] = [];
  private readonly closed: Promise<void>;
  private lastId = 0;

  /**
   * @param settings of librdkafka, for all consumers and producers.
   * @param program one with more commands than the independent client's, which builds on it.
   */
  static async start(settings: Readonly<Record<string, string>>, program = PROGRAM): Promise<PythonProcess> {
    return new PythonProcess(spawn(await pythonWithClients(), ["-u", program, JSON.stringify(settings)]));
  }

  private constructor(private readonly child: ChildProcessWithoutNullStreams) {
    createInterface({ input: child.stdout }).on("line", (line) => this.answered(line));
    createInterface({ input: child.stderr }).on("line", (line) => {
      this.said.push(line);
      if (this.said.length > LAST_LINES) this.said.shift();
    });
    // A question to a dead process is answered by its end.
    child.stdin.on("error", () => undefined);
    this.closed = new Promise((resolve) => {
      child.once("error", (error) => this.said.push(error.message));
      child.once("close", (code, signal) => {
        this.failAll(`the independent client ended (${code ?? signal}):\n${this.said.join("\n")}`);
        resolve();
      });
    });
  }

  /** Bounded by the process, which gives up on every command in time. */
  ask<Result>(command: string, parameters: object, result: z.ZodType<Result>): Promise<Result> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) {
      throw new IndependentClientFailed(`${command}: the independent client has ended:\n${this.said.join("\n")}`);
    }
    this.lastId += 1;
    const id = this.lastId;
    const answer = new Promise<unknown>((resolve, reject) => this.asked.set(id, { command, resolve, reject }));
    this.child.stdin.write(`${JSON.stringify({ ...parameters, id, command })}\n`);
    return answer.then((value) => result.parse(value));
  }

  async close(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.closed;
  }

  private answered(line: string): void {
    const { id, error, result } = ANSWER.parse(JSON.parse(line));
    const asked = this.asked.get(id);
    this.asked.delete(id);
    if (error === undefined) asked?.resolve(result);
    else asked?.reject(new IndependentClientFailed(`${asked.command}: ${error}`));
  }

  private failAll(message: string): void {
    for (const { reject } of this.asked.values()) reject(new IndependentClientFailed(message));
    this.asked.clear();
  }
}
