/** Runs the built program as a user does, in a process of its own. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { lookAt, lookAtLine } from "./log-hygiene/collect.js";

export { BELCO, INCIDENT, INCIDENT_KEY, INCIDENT_TENANT, RASAYEL } from "./fixtures.js";

export const PROGRAM = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** Commands that log; others print what they were asked for. */
const LOGGING: ReadonlySet<string> = new Set(["start", "topics", "send", "dead-letters"]);

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string | Uint8Array | AsyncIterable<Uint8Array>;
  readonly env?: Readonly<Record<string, string>>;
  readonly nodeOptions?: readonly string[];
  readonly cwd?: string;
}

/** @returns what the program printed, once it has ended by itself. */
export async function run(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const child = spawn(process.execPath, [...(options.nodeOptions ?? []), PROGRAM, ...args], {
    env: { ...withoutSettings(process.env), ...options.env },
    cwd: options.cwd,
    stdio: ["pipe", "pipe", "pipe"],
  });
  const stdout = text(child.stdout);
  const stderr = text(child.stderr);
  const code = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  // The program may end before it has read everything.
  child.stdin.on("error", () => undefined);
  await feed(child.stdin, options.input);
  const ended = { code: await code, stdout: await stdout, stderr: await stderr };
  if (LOGGING.has(args[0] ?? "")) {
    lookAt(ended.stderr, `the standard error of ${args[0]}`);
    for (const line of ended.stdout.split("\n")) lookAtLine(line, `the log of ${args[0]}`);
  }
  return ended;
}

/** The rows of NDJSON. */
export function rows(ndjson: string): Record<string, unknown>[] {
  return ndjson
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

function withoutSettings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith("QUEUE_RATCHET_")));
}

async function feed(stdin: NodeJS.WritableStream, input: RunOptions["input"]): Promise<void> {
  if (input === undefined || typeof input === "string" || input instanceof Uint8Array) {
    stdin.end(input ?? "");
    return;
  }
  for await (const chunk of input) {
    if (!stdin.write(chunk)) await new Promise((resolve) => stdin.once("drain", resolve));
  }
  stdin.end();
}

async function text(stream: NodeJS.ReadableStream): Promise<string> {
  let all = "";
  stream.setEncoding("utf8");
  for await (const chunk of stream) all += chunk;
  return all;
}
