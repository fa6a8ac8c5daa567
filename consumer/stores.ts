/** Stores without a database: held states in memory, for a table that is in memory too; and none, for effects that compare versions. */
import type { ConversationState } from "./merge.js";
import type { VersionStore } from "./store.js";

export interface MemoryStoreOptions {
  /** How many conversations may be held; about 300 to 500 bytes each. Default: no bound but the memory of the process. */
  readonly maxConversations?: number;
}

/** There are more conversations than `maxConversations`. None is ever forgotten: its next old record would be taken for a new one. */
export class MemoryStoreFullError extends Error {
  override readonly name = "MemoryStoreFullError";

  constructor(maxConversations: number) {
    super(
      `more than ${maxConversations} conversations (maxConversations): raise it, or keep the versions in a database`,
    );
  }
}

/** Its states can be looked at: it is the table, when nothing else is kept of a conversation. */
export interface MemoryStore extends VersionStore<undefined> {
  readonly states: ReadonlyMap<string, ConversationState>;
}

/**
 * Not durable: goes with `from: "beginning"`, and belongs to one consumer. Nothing is rolled back in a table of your own when `apply`
 * fails: the consumer has ended then, and is started with a new store and a new table.
 */
export function memoryStore({ maxConversations = Number.POSITIVE_INFINITY }: MemoryStoreOptions = {}): MemoryStore {
  const states = new Map<string, ConversationState>();
  return {
    durable: false,
    states,
    transaction: (work) =>
      work({
        handle: undefined,
        load: (keys) => {
          const found = new Map<string, ConversationState>();
          for (const key of keys) {
            const state = states.get(key);
            if (state !== undefined) found.set(key, state);
          }
          return found;
        },
        save: (saved) => {
          for (const [key, state] of saved) {
            if (!states.has(key) && states.size >= maxConversations) throw new MemoryStoreFullError(maxConversations);
            states.set(key, state);
          }
        },
      }),
  };
}

const NOTHING: ReadonlyMap<string, ConversationState> = new Map();

/**
 * Keeps nothing: for an effect that compares versions itself, such as an upsert with a condition on `versionSortKey`. Of a conversation
 * nothing is ever held but what came before in the same batch, so that `before` is null, `after` what the record says, and old records
 * reach the effect: it must refuse them, each register by its own version.
 */
export const noStore: VersionStore<undefined> = {
  durable: true,
  transaction: (work) => work({ handle: undefined, load: () => NOTHING, save: () => undefined }),
};
