/** The steps of the Kafka engine's checkpoint and of taking tasks over, each with what leaves it out. */
import type { Rule } from "./rules.js";

const KAFKA = "runtime/kafka";
const CHECKPOINTS = `${KAFKA}/commit/checkpoints.ts`;
const WRITER = `${KAFKA}/commit/checkpoint-writer.ts`;
const GROUP = `${KAFKA}/task-group.ts`;
const TAKEOVER = `${KAFKA}/tasks/takeover.ts`;
const RESTORER = `${KAFKA}/tasks/restorer.ts`;
const STARTS = `${KAFKA}/tasks/start-offsets.ts`;
const TASK = "runtime/task/store-buffer.ts";

export const ENGINE_RULES: readonly Rule[] = [
  {
    id: "E1",
    says: "The local store is written after the commit, and never ahead of it.",
    about: "correctness",
    undone: [
      {
        file: CHECKPOINTS,
        find: "      const ends = await writer.commit(",
        replace: "      await this.keep(handedOver, new Map());\n      const ends = await writer.commit(",
      },
    ],
  },
  {
    id: "E2",
    says: "The local copy is brought to the changelog's end before anything is processed.",
    about: "correctness",
    undone: [{ file: RESTORER, find: "    this.readFrom(one, offset);\n  }", replace: "    this.finish(one);\n  }" }],
  },
  {
    id: "E3",
    says: "A commit of unknown outcome is neither taken for done nor for undone: what is durable is looked at behind a new fence.",
    about: "correctness",
    undone: [
      {
        file: CHECKPOINTS,
        find: "      throw error;\n    }\n    crashPoints",
        replace: '      if (asError(error).name !== "OutcomeUnknownError") throw error;\n    }\n    crashPoints',
      },
    ],
  },
  {
    id: "E4",
    says: "What has gathered for a checkpoint that fails is dropped, rows, outputs and positions together.",
    about: "correctness",
    undone: [
      {
        file: GROUP,
        find: "      failed: (error) => this.fail(error),\n    });\n  }",
        replace:
          '      failed: (error) => (error.name === "ConnectionError" ? this.signal.wake() : this.fail(error)),\n    });\n  }',
      },
    ],
  },
  {
    id: "E5",
    says: "A transaction that a dead instance left open is ended by its successor.",
    about: "correctness",
    undone: [{ file: TAKEOVER, find: "if (transactions === null) return;", replace: "return;" }],
  },
  {
    id: "E6",
    says: "The changelog ends at its high watermark, not at its last stable offset.",
    about: "correctness",
    undone: [
      {
        file: TAKEOVER,
        find: 'isolation: "read_uncommitted", deadline',
        replace: 'isolation: "read_committed", deadline',
      },
    ],
  },
  {
    id: "E7",
    says: "Positions of the changelog and offsets of the group that differ are an error.",
    about: "correctness",
    undone: [{ file: STARTS, find: "  if (known === committed.offset) return;", replace: "  return;" }],
  },
  {
    id: "E8",
    says: "Positions are the last record of a checkpoint in the changelog.",
    about: "correctness",
    undone: [{ file: WRITER, find: "records: [...records, last]", replace: "records: [last, ...records]" }],
  },
  {
    id: "E9",
    says: "The group's offsets are committed with the outputs.",
    about: "correctness",
    undone: [
      {
        file: WRITER,
        find: "({ topic, partition, offset, metadata })",
        replace: "({ topic, partition, offset: Math.max(0, offset - 1), metadata })",
      },
    ],
  },
  {
    id: "E10",
    says: "A task is built again unless nobody else can have had its partition in between.",
    about: "correctness",
    undone: [
      { file: GROUP, find: "after.memberId === before.memberId && ", replace: "" },
      { file: GROUP, find: " && after.generationId === before.generationId + 1", replace: "" },
      { file: GROUP, find: "const keep = !this.isLost && ", replace: "const keep = " },
    ],
  },
  {
    id: "E11",
    says: "Nothing is taken over without a successful heartbeat in the current generation.",
    about: "correctness",
    undone: [
      { file: GROUP, find: "signal.aborted || generationId !== this.applied?.generationId", replace: "signal.aborted" },
    ],
  },
  {
    id: "E12",
    says: "What is processed while a checkpoint is under way builds on the rows that were handed over.",
    about: "correctness",
    undone: [{ file: TASK, find: "this.handedOver.get(key) ?? this.cache.get(key)", replace: "this.cache.get(key)" }],
  },
];
