/**
 * The rules of reading and writing Kafka safely, each with what undoes it: text of the product and what stands there instead when
 * the rule is not kept. A test named after the rule must then fail.
 */

export interface Undo {
  /** From the project's root. */
  readonly file: string;
  /** Exactly once in the file. */
  readonly find: string;
  readonly replace: string;
}

export interface Rule {
  /** K: of kafkajs-style clients on the wire. E: of the engine, a step of its checkpoint or of taking over. */
  readonly id: `K${number}` | `E${number}`;
  readonly says: string;
  /** Only those of correctness must have a test. */
  readonly about: "correctness" | "speed";
  readonly undone: readonly Undo[];
}

const WIRE = "runtime/kafka/wire";
const SENDER = `${WIRE}/writer/batch-sender.ts`;
const QUEUE = `${WIRE}/writer/partition-queue.ts`;
const TRANSACTIONAL = `${WIRE}/writer/transactional.ts`;
const CODES = `${WIRE}/error-codes.ts`;
const VISIBLE = `${WIRE}/reader/visible-records.ts`;
const READER = `${WIRE}/reader/reader.ts`;

export const RULES: readonly Rule[] = [
  {
    id: "K1",
    says: "A writer that has failed is thrown away, never used again.",
    about: "correctness",
    undone: [
      {
        file: SENDER,
        find: "    this.#failure = failure;\n",
        replace: "    this.#failure = failure;\n    queueMicrotask(() => {\n      this.#failure = null;\n    });\n",
      },
    ],
  },
  {
    id: "K2",
    says: "A batch gets its sequence once; five batches of a partition at most are in flight, one until brokers know the writer.",
    about: "correctness",
    undone: [
      { file: QUEUE, find: "(this.#known ? MAX_IN_FLIGHT : 1)", replace: "MAX_IN_FLIGHT" },
      { file: QUEUE, find: "this.#window.length >=", replace: "this.inFlight.length >=" },
    ],
  },
  {
    id: "K3",
    says: "The same batch is retried under the same sequence, to the leader as it is then, until one deadline.",
    about: "correctness",
    undone: [
      {
        file: SENDER,
        find: "if (error instanceof RetriableError || (outOfOrder && !queue.isOldest(batch))) {",
        replace: "if (error instanceof RetriableError) {",
      },
      { file: SENDER, find: "if (afterMs < deliveryTimeoutMs) continue;", replace: "continue;" },
    ],
  },
  {
    id: "K4",
    says: "Every answer is checked: all partitions that were sent are named, base offsets rise.",
    about: "correctness",
    undone: [
      { file: QUEUE, find: "if (offset <= this.#lastOffset) return false;", replace: "" },
      {
        file: SENDER,
        find: `      batch.maybeWritten = true;\n      this.#retry(batch);\n      return;\n    }\n    const { errorCode`,
        replace: `      this.#written(queue, batch, null);\n      return;\n    }\n    const { errorCode`,
      },
    ],
  },
  {
    id: "K5",
    says: "A transactional id has one writer: whoever opens it fences those before.",
    about: "correctness",
    undone: [
      {
        file: TRANSACTIONAL,
        find: "request(initProducerId, { transactionalId, transactionTimeoutMs })",
        replace: "request(initProducerId, { transactionalId: null, transactionTimeoutMs })",
      },
    ],
  },
  {
    id: "K6",
    says: "Fence first, read positions after.",
    about: "correctness",
    undone: [
      {
        file: CODES,
        find: `[51, "CONCURRENT_TRANSACTIONS", "retry"]`,
        replace: `[51, "CONCURRENT_TRANSACTIONS", "fatal"]`,
      },
    ],
  },
  {
    id: "K7",
    says: "CONCURRENT_TRANSACTIONS, right after a commit, is retried within milliseconds.",
    about: "correctness",
    undone: [
      {
        file: CODES,
        find: `[51, "CONCURRENT_TRANSACTIONS", "retry"]`,
        replace: `[51, "CONCURRENT_TRANSACTIONS", "fatal"]`,
      },
    ],
  },
  { id: "K8", says: "The first pauses of a retry are short: 2 ms.", about: "speed", undone: [] },
  {
    id: "K9",
    says: "Transactions are few and large: they cost the same however much they hold.",
    about: "speed",
    undone: [],
  },
  {
    id: "K10",
    says: "Aborted records are told by producer and offset, in interleaved transactions too, and by no look of a key.",
    about: "correctness",
    undone: [
      { file: VISIBLE, find: "!header.transactional || !aborted.has(header.producerId)", replace: "true" },
      { file: VISIBLE, find: "next.firstOffset <= lastOffset", replace: "next.firstOffset < lastOffset" },
    ],
  },
  {
    id: "K11",
    says: "Reading goes on behind a batch that compaction has emptied.",
    about: "correctness",
    undone: [
      {
        file: VISIBLE,
        find: "nextOffset = Math.max(nextOffset, header.lastOffset + 1);",
        replace: "if (header.count > 0) nextOffset = Math.max(nextOffset, header.lastOffset + 1);",
      },
    ],
  },
  {
    id: "K12",
    says: "An offset out of range is an error with a name, never a reset.",
    about: "correctness",
    undone: [
      {
        file: READER,
        find: "if (error !== null) this.#fault(state, error);",
        replace: "if (error !== null) state.position = error.endOffset;",
      },
    ],
  },
  {
    id: "K13",
    says: "Checksums are checked.",
    about: "correctness",
    undone: [
      {
        file: VISIBLE,
        find: "decodeBatch(fetched.records, position, options)",
        replace: "decodeBatch(fetched.records, position, { ...options, checkCrc: false })",
      },
    ],
  },
  {
    id: "K14",
    says: "Everything reads through one reader of our own, through leader moves and restarts, in bounded memory.",
    about: "correctness",
    undone: [
      {
        file: `${WIRE}/reader/fetch-room.ts`,
        find: "return this.#heldBytes === 0 ? share : 0;",
        replace: "return share;",
      },
    ],
  },
  {
    id: "K15",
    says: "kafkajs' consumer is paused throughout and serves for membership only.",
    about: "correctness",
    undone: [
      {
        file: `${WIRE}/membership/paused-consumer.ts`,
        find: "this.#consumer.pause(this.#options.topics.map((topic) => ({ topic })));",
        replace: "",
      },
    ],
  },
  {
    id: "K16",
    says: "A fenced writer or member has lost its task; that is not the end of the process.",
    about: "correctness",
    undone: [
      {
        file: CODES,
        find: `[47, "INVALID_PRODUCER_EPOCH", "fenced"]`,
        replace: `[47, "INVALID_PRODUCER_EPOCH", "fatal"]`,
      },
    ],
  },
  {
    id: "K17",
    says: "Joined partitions go to the same member: by partition number.",
    about: "correctness",
    undone: [
      {
        file: `${WIRE}/membership/assignor/assign.ts`,
        find: "giveRest(free, seats);",
        replace: "giveRest(free, seats.slice(0, 1));",
      },
    ],
  },
  { id: "K18", says: "Connections are few, waits on disconnecting short.", about: "speed", undone: [] },
  {
    id: "K19",
    says: "A topic's offsets are asked for before its records are deleted.",
    about: "correctness",
    undone: [
      {
        file: `${WIRE}/admin/delete.ts`,
        find: "const { nodeId } = await cluster.leader(one);",
        replace: "const nodeId = cluster.knownLeader(one)?.nodeId ?? -1;",
      },
    ],
  },
  { id: "K20", says: "A schema id is resolved once; decoding is synchronous.", about: "speed", undone: [] },
  {
    id: "K21",
    says: "A number beyond 2^53 is refused with a name before Avro sees it.",
    about: "correctness",
    undone: [{ file: "schemas/version.ts", find: "2 ** 53 - 3", replace: "2 ** 53 - 1" }],
  },
  {
    id: "K22",
    says: "A batch is encoded into one buffer, without an object for each record.",
    about: "speed",
    undone: [],
  },
  {
    id: "K23",
    says: "A restarted member ends the membership of its former self: joins first, then leaves on its behalf.",
    about: "correctness",
    undone: [
      {
        file: `${WIRE}/membership/former-self.ts`,
        find: "await coordination.leave(formerMemberId, deadline);",
        replace: "",
      },
    ],
  },
  {
    id: "K24",
    says: "Offsets in a transaction carry the member's generation; committed offsets are read when they are stable.",
    about: "correctness",
    undone: [
      {
        file: `${WIRE}/protocol/transactions.ts`,
        find: "encoder.int32(request.generationId);\n    encoder.compactString(request.memberId);",
        replace: `encoder.int32(-1);\n    encoder.compactString("");`,
      },
      { file: `${WIRE}/offsets.ts`, find: "requireStable: true", replace: "requireStable: false" },
    ],
  },
  {
    id: "K25",
    says: "A commit is asked for again until it is answered; what stays unanswered is unknown.",
    about: "correctness",
    undone: [{ file: TRANSACTIONAL, find: "maybeDone = true;", replace: "void maybeDone;" }],
  },
];
