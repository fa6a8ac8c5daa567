/** The life cycles of tasks and engines: tables of the moves that are legal. Anything else is a defect, and said so. */

/** For each state, the states that may follow it. */
export type Moves<State extends string> = Readonly<Record<State, readonly State[]>>;

export type TaskState = "created" | "restoring" | "running" | "suspended" | "closed";
export const TASK_MOVES: Moves<TaskState> = {
  created: ["restoring", "closed"],
  restoring: ["running", "suspended", "closed"],
  running: ["suspended", "closed"],
  suspended: ["restoring", "closed"],
  closed: [],
};

export type EngineState = "starting" | "running" | "rebalancing" | "stopping" | "stopped" | "failed";
export const ENGINE_MOVES: Moves<EngineState> = {
  starting: ["running", "stopping", "failed"],
  running: ["rebalancing", "stopping", "failed"],
  rebalancing: ["running", "stopping", "failed"],
  stopping: ["stopped", "failed"],
  stopped: [],
  failed: [],
};

export class LifeCycle<State extends string> {
  constructor(
    private readonly what: string,
    private readonly moves: Moves<State>,
    private current: State,
    /** Told of each move, the state before and after. */
    private readonly onMove: (from: State, to: State) => void = () => {},
  ) {}

  get state(): State {
    return this.current;
  }

  /** @throws Error for a move that the table does not have. */
  move(to: State): void {
    const from = this.current;
    if (!this.moves[from].includes(to)) throw new Error(`${this.what}: no move from ${from} to ${to}`);
    this.current = to;
    this.onMove(from, to);
  }
}
