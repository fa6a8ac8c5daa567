/** A shell that examples are typed into: one folder, whose variables and working folder stay from one command to the next. */
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { patient } from "../../support/patience.js";
import { PROGRAM } from "../../support/program.js";

const ENDS_WITHIN_MS = 120_000;
const GONE_WITHIN_MS = 15_000;

/** What commands find in front of everything else: the built program, under the name that its package gives it. */
const OURS = `exec "${process.execPath}" "${PROGRAM}" "$@"`;

export interface Printed {
  readonly code: number;
  /** Standard output and standard error, as they came. */
  readonly output: string;
}

export class Shell {
  /** Groups of processes: what a command left running in the background is in its group. */
  private readonly groups = new Set<number>();
  private commands = 0;

  private constructor(
    private readonly own: string,
    /** Where commands begin. */
    readonly folder: string,
  ) {}

  /**
   * @param env beside the environment of the tests, of which no setting is kept
   * @param path folders of programs that are found before those of the system
   * @param programs scripts for `sh`, under the names by which they are called
   */
  static async open(
    env: Readonly<Record<string, string>>,
    path: readonly string[] = [],
    programs: Readonly<Record<string, string>> = {},
  ): Promise<Shell> {
    const own = await mkdtemp(join(tmpdir(), "examples-"));
    const shell = new Shell(own, join(own, "work"));
    await Promise.all([mkdir(shell.folder), mkdir(join(own, "bin"))]);
    for (const [name, script] of Object.entries({ "queue-ratchet": OURS, ...programs })) {
      await writeFile(join(own, "bin", name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    }
    const inherited = Object.entries(process.env).filter(
      ([name, value]) => value !== undefined && !/^(QUEUE_RATCHET_|npm_|VITEST|NODE_OPTIONS|NODE_ENV|TEST$)/.test(name),
    );
    const variables = {
      ...Object.fromEntries(inherited),
      PATH: [join(own, "bin"), ...path, process.env.PATH].join(":"),
      COLUMNS: "120",
      NO_COLOR: "1",
      ...env,
    };
    const lines = Object.entries(variables).map(([name, value]) => `export ${name}=${quoted(value ?? "")}`);
    await writeFile(join(own, "variables"), `${lines.filter((line) => /^export \w+=/.test(line)).join("\n")}\n`);
    await writeFile(join(own, "folder"), shell.folder);
    return shell;
  }

  /**
   * As `set -e` has it: the first command that fails ends it. What it starts in the background runs on until `close`.
   * @throws Error when it does not end in time
   */
  async run(script: string): Promise<Printed> {
    this.commands += 1;
    const command = join(this.own, `command-${this.commands}`);
    const output = `${command}.out`;
    await writeFile(command, script);
    const frame = `. "$0/variables"; cd "$(cat "$0/folder")"
      trap 'code=$?; declare -px >"$0/variables"; pwd >"$0/folder"; exit $code' EXIT
      set -e -o pipefail; . "$1"`;
    const child = spawn("bash", ["-c", `{ ${frame}\n} >"$2" 2>&1`, this.own, command, output], {
      detached: true,
      stdio: "ignore",
      env: { PATH: process.env.PATH },
    });
    if (child.pid !== undefined) this.groups.add(child.pid);
    const code = await new Promise<number | null>((resolve, reject) => {
      const tooLate = setTimeout(() => child.kill("SIGKILL"), patient(ENDS_WITHIN_MS));
      child.once("error", reject);
      child.once("exit", (ended) => {
        clearTimeout(tooLate);
        resolve(ended);
      });
    });
    // Whose id it had may be anybody's from now on, unless it left something running.
    if (child.pid !== undefined && !signal(child.pid, 0)) this.groups.delete(child.pid);
    const printed = await readFile(output, "utf8");
    if (code === null) throw new Error(`not ended within ${patient(ENDS_WITHIN_MS)} ms:\n${script}\n${printed}`);
    return { code, output: printed };
  }

  /** All that any command has printed until now, also in the background. */
  async said(): Promise<string> {
    const files = Array.from({ length: this.commands }, (_, index) => join(this.own, `command-${index + 1}.out`));
    return (await Promise.all(files.map((file) => readFile(file, "utf8")))).join("");
  }

  /** Ends what still runs, as an operator would, and removes the folder. */
  async close(): Promise<void> {
    for (const group of this.groups) signal(group, "SIGTERM");
    for (const untilMs = performance.now() + GONE_WITHIN_MS; this.runs() && performance.now() < untilMs; ) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    for (const group of this.groups) signal(group, "SIGKILL");
    await rm(this.own, { recursive: true, force: true, maxRetries: 5 });
  }

  private runs(): boolean {
    return [...this.groups].some((group) => signal(group, 0));
  }
}

/** @returns whether there is such a group */
function signal(group: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, name);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
    throw error;
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
