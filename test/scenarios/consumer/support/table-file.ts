/** The table of the test service: one file, replaced as a whole, in which an effect and its versions are there together or not at all. */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { ConversationState, VersionStore } from "../../../../consumer/index.js";

/** What the service keeps for itself, beside the versions: words, as its users would read them. */
export interface Effect {
  readonly holder: string;
  readonly lifecycle: string;
}

export interface TableRow {
  readonly state: ConversationState;
  readonly effect: Effect;
}

export type Table = ReadonlyMap<string, TableRow>;

/** The effects of a transaction. */
export type Effects = Map<string, Effect>;

export function readTable(file: string): Table {
  if (!existsSync(file)) return new Map();
  return new Map(Object.entries(JSON.parse(readFileSync(file, "utf8")) as Record<string, TableRow>));
}

/** For one process at a time. */
export function tableStore(file: string): VersionStore<Effects> {
  let table = new Map(readTable(file));
  return {
    durable: true,
    async transaction(work) {
      const draft = new Map(table);
      const effects: Effects = new Map();
      const result = await work({
        handle: effects,
        load: (keys) =>
          new Map(
            keys.flatMap((key) => {
              const row = draft.get(key);
              return row === undefined ? [] : [[key, row.state]];
            }),
          ),
        save: (states) => {
          for (const [key, state] of states) {
            const effect = effects.get(key);
            if (effect === undefined) throw new Error(`${key} has a state and no effect`);
            draft.set(key, { state, effect });
          }
        },
      });
      writeFileSync(`${file}.new`, JSON.stringify(Object.fromEntries(draft)));
      renameSync(`${file}.new`, file);
      table = draft;
      return result;
    },
  };
}
