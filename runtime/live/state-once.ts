/** The state of a partition, of which an adapter says how it is read: once, and the positions at the end. */
import type { Positions } from "../../schemas/types.js";
import type { LiveRow, LiveState } from "./port.js";

/** Gives pages of rows, and when they have ended the positions that belong to them. */
export type StateReading = AsyncGenerator<readonly LiveRow[], Positions | null, undefined>;

export class StateOnce implements LiveState {
  private begun = false;
  private found: { readonly positions: Positions | null } | null = null;

  /** @param read called when the rows are asked for: a state that nobody reads costs nothing */
  constructor(private readonly read: () => StateReading) {}

  get positions(): Positions | null {
    if (this.found === null)
      throw new Error("the positions of a state are known when its rows have been read to the end");
    return this.found.positions;
  }

  async *rows(): AsyncGenerator<readonly LiveRow[]> {
    if (this.begun) throw new Error("the rows of a state can be read once");
    this.begun = true;
    this.found = { positions: yield* this.read() };
  }
}
