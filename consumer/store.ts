/** Where the version guard keeps what is held of each conversation: a port, to be put on the database that the effects go to. */
import type { ConversationState } from "./merge.js";

/**
 * The held states, and a transaction round them and the effects of `apply`. Keyed by conversation key, `<source>:<tenant>:<id>`.
 *
 * When effects go to a database, keep the states in the same one and give its transaction as the handle: then a state and its effect
 * are there together or not at all, and a process may be killed at any time. Several members of a group may meet on a conversation for
 * a moment when partitions move: let `load` lock the rows that it reads (`SELECT … FOR UPDATE`), or use a database with one writer.
 */
export interface VersionStore<Handle = undefined> {
  /**
   * Whether the states outlive the process. When they do not, they are learned anew: each partition is read from its beginning
   * whenever this consumer gets it, and `from` must be `"beginning"`.
   */
  readonly durable: boolean;
  /**
   * Runs `work` in one transaction. Resolves when what it saved, and the effects that used the handle, are durable; when `work`
   * rejects, rolls back and rejects with the same error.
   */
  transaction<Result>(work: (transaction: StoreTransaction<Handle>) => Promise<Result>): Promise<Result>;
}

export interface StoreTransaction<Handle> {
  /** Passed to `apply`: a connection, a client, a transaction object. */
  readonly handle: Handle;
  /** What is held of these conversations; those of which nothing is held are left out. */
  load(
    keys: readonly string[],
  ): Promise<ReadonlyMap<string, ConversationState>> | ReadonlyMap<string, ConversationState>;
  /** Called after `apply`, with the states as they are now. */
  save(states: ReadonlyMap<string, ConversationState>): Promise<void> | void;
}
