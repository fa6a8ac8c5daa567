/** A command that ends by itself, within a bound. */
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";

export interface RunToEndOptions {
  readonly timeoutMs: number;
  readonly input?: string;
  readonly cwd?: string;
}

export interface CommandOutput {
  readonly stdout: string;
  readonly stderr: string;
}

/** A command could not be started, ended with another code than 0, or not in time. */
export class CommandFailed extends Error {
  override readonly name = "CommandFailed";
}

/** @throws CommandFailed with what the command printed. */
export async function runToEnd(
  command: string,
  args: readonly string[],
  { timeoutMs, input = "", cwd }: RunToEndOptions,
): Promise<CommandOutput> {
  const child = spawn(command, args, {
    stdio: ["pipe", "pipe", "pipe"],
    timeout: timeoutMs,
    killSignal: "SIGKILL",
    ...(cwd === undefined ? {} : { cwd }),
  });
  const ended = new Promise<string | null>((resolve) => {
    child.on("error", (error) => resolve(`could not be started: ${error.message}`));
    child.on("close", (code, signal) => resolve(whyItFailed(code, signal, timeoutMs)));
  });
  // It may end before it has read everything.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const [failure, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  if (failure !== null) {
    throw new CommandFailed(`${[command, ...args].join(" ")}: ${failure}\n${stdout}${stderr}`.trimEnd());
  }
  return { stdout, stderr };
}

function whyItFailed(code: number | null, signal: NodeJS.Signals | null, timeoutMs: number): string | null {
  if (code === 0) return null;
  if (code !== null) return `ended with code ${code}`;
  return `was ended by ${signal} (it is given ${timeoutMs} ms)`;
}
