/**
 * The steps of the engine's protocol, each with what undoes it (text of the product and what stands there instead) and with the fault
 * under which the verifier then finds something.
 */
import type { Undo } from "../../rules/rules.js";

export interface Mutation {
  readonly id: string;
  readonly says: string;
  readonly undo: Undo;
  /** A kind of fault, or none. */
  readonly fault: string;
}

const COMMIT = "runtime/kafka/commit";
const TASKS = "runtime/kafka/tasks";

export const MUTATIONS: readonly Mutation[] = [
  {
    id: "store-last",
    says: "The local store gets a checkpoint after Kafka has it, never before.",
    undo: {
      file: `${COMMIT}/checkpoints.ts`,
      find: "      const ends = await writer.commit(",
      replace: "      await this.keep(handedOver, new Map());\n      const ends = await writer.commit(",
    },
    fault: "crash:kafka.before-commit",
  },
  {
    id: "offsets-in-transaction",
    says: "The group's offsets are part of the transaction.",
    undo: {
      file: `${COMMIT}/exactly-once.ts`,
      find: "offsets: groupOffsets(parts, EXACTLY_ONCE_METADATA)",
      replace: "offsets: groupOffsets(parts.slice(1), EXACTLY_ONCE_METADATA)",
    },
    fault: "none",
  },
  {
    id: "restored-to-the-end",
    says: "A task processes when its store has the changelog to its end, not before.",
    undo: {
      file: `${TASKS}/restorer.ts`,
      find: "    if (offset >= endOffset) {",
      replace: "    if (offset >= 0) {",
    },
    fault: "empty-folder",
  },
];
