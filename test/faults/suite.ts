/** Rounds one after the other on one set of servers. */
import { FAULTS } from "./faults/index.js";
import { describeRound } from "./report.js";
import { isPassed, type RoundResult, runRound } from "./round.js";
import type { Scene } from "./scene.js";
import { NO_FAULT } from "./schedule.js";

export interface SuiteOptions {
  /** Of the first round; the others follow it. */
  readonly seed: number;
  readonly rounds: number;
  readonly only: string | null;
}

export class Suite {
  /** How often each kind of fault has come. */
  readonly came = new Map<string, number>([...FAULTS.keys()].map((kind) => [kind, 0]));
  readonly failed: RoundResult[] = [];

  constructor(
    private readonly scene: Scene,
    private readonly options: SuiteOptions,
    private readonly print: (text: string) => void,
  ) {
    const { only } = options;
    const known = [...FAULTS.keys(), NO_FAULT];
    if (only !== null && !known.includes(only))
      throw new Error(`there is no fault ${only}; there are: ${known.join(", ")}`);
  }

  async run(): Promise<void> {
    for (let index = 0; index < this.options.rounds; index++) await this.round(this.options.seed + index);
  }

  async round(seed: number): Promise<RoundResult> {
    const { only } = this.options;
    const result = await runRound(this.scene, { seed, only });
    for (const kind of result.plan.flat()) this.came.set(kind, (this.came.get(kind) ?? 0) + 1);
    if (!isPassed(result)) this.failed.push(result);
    this.print(describeRound(result, only, isPassed(result) ? [] : this.scene.keepLogs()));
    return result;
  }

  /** How often each kind came. */
  get coverage(): string {
    return [...this.came].map(([kind, count]) => `${kind} ×${count}`).join(", ");
  }
}
