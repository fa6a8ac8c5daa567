/** Faults planted in a correct history, and what the verifier must say of each. */
import type { History } from "./history.js";
import type { Invariant } from "./violations.js";

/** The first element of its kind. @throws when the history has none to plant a fault in */
export function one<Value>(values: readonly Value[], is: (value: Value) => boolean = () => true): Value {
  const found = values.find(is);
  if (found === undefined) throw new Error("the history has nothing to plant this fault in");
  return found;
}

function last<Value>(values: readonly Value[]): Value {
  return one(values.slice(-1));
}

export interface Planted {
  readonly named: string;
  readonly invariant: Invariant;
  /** Of the violation, as it is printed. */
  readonly says: RegExp;
  readonly plant: (history: History) => void;
}

const ASSIGNED = /queue-assignments:\d+:\d+/;

export const PLANTED: readonly Planted[] = [
  {
    named: "an acknowledged body that is not there",
    invariant: "I1",
    says: /delivery lost: it was acknowledged and is not there; expected "0:99999"/,
    plant: ({ deliveries }) => {
      const place = { partition: 0, offset: 99_999 };
      deliveries.set("lost", { id: "lost", outcome: { kind: "ignored" }, place });
    },
  },
  {
    named: "a raw event that has led to two records, and another to none",
    invariant: "I1",
    says: /raw-events:\d:\d+ \(delivery d\d+\): joined records and dead letters.*expected 1; found [02]/,
    plant: ({ conversation }) => {
      const [first, second] = conversation;
      if (first !== undefined && second !== undefined) second.headers = { ...first.headers };
    },
  },
  {
    named: "a joined record that says something else than its raw event",
    invariant: "I1",
    says: /work-item-events:\d:\d+: it is not what its raw event says/,
    plant: ({ workItem }) => {
      const record = one(workItem);
      if (!(record.value instanceof Uint8Array)) record.value = { ...record.value, traceId: "of another event" };
    },
  },
  {
    named: "a joined record with another timestamp than its raw event",
    invariant: "I1",
    says: /work-item-events:\d:\d+: it is not what its raw event says/,
    plant: ({ workItem }) => {
      one(workItem).timestampMs += 1;
    },
  },
  {
    named: "an unreadable body without a dead letter",
    invariant: "I1",
    says: /joined records and dead letters that came of it; expected 1; found 0/,
    plant: ({ deadLetters }) => {
      deadLetters.pop();
    },
  },
  {
    named: "a dead letter that is not byte for byte as received",
    invariant: "I1",
    says: /dead-letters:0:0: it is not what its raw event is/,
    plant: ({ deadLetters }) => {
      one(deadLetters).value = Buffer.from("changed");
    },
  },
  {
    named: "a decision with another reason",
    invariant: "I2",
    says: /queue-assignment-decisions:\d:\d+ \(.*\): the rule decides otherwise/,
    plant: ({ decisions }) => {
      const decision = one(decisions, ({ value }) => value.reason === "STALE_REVERSE_SYNC");
      decision.value = { ...decision.value, reason: "ECHO_IN_SYNC", decisionClass: "echo" };
    },
  },
  {
    named: "a conversation that ends at another target",
    invariant: "I2",
    says: /kustomer:t:c\d+: the last assignment; expected .*; found .*elsewhere/,
    plant: ({ assignments }) => {
      const record = last(assignments);
      record.value = { ...record.value, assignment: { type: "QUEUE", id: "elsewhere" } };
    },
  },
  {
    named: "a sequence that is repeated",
    invariant: "I3",
    says: /queue-assignments:\d:\d+ \(c\d+\): sequence; expected \d+; found \d+/,
    plant: ({ assignments }) => {
      assignments.push({ ...last(assignments) });
    },
  },
  {
    named: "a sequence with a hole",
    invariant: "I3",
    says: ASSIGNED,
    plant: ({ assignments }) => {
      // With another behind it: otherwise it is the last one that is lost.
      const goesOn = new Set(assignments.filter(({ value }) => value.sequence === 3).map(({ key }) => key));
      const hole = one(assignments, ({ key, value }) => value.sequence === 2 && goesOn.has(key));
      assignments.splice(assignments.indexOf(hole), 1);
    },
  },
  {
    named: "the last assignment lost",
    invariant: "I3",
    says: /kustomer:t:c\d+: sequence of the last assignment; expected \d+; found \d+/,
    plant: ({ assignments }) => {
      assignments.pop();
    },
  },
  {
    named: "a version that falls",
    invariant: "I3",
    says: /queue-assignments:\d:\d+ \(c\d+\): versions/,
    plant: ({ assignments }) => {
      const record = one(assignments, ({ value }) => value.sequence > 2 && value.assignmentVersion !== null);
      const { assignmentVersion } = record.value;
      if (assignmentVersion === null) return;
      record.value = { ...record.value, assignmentVersion: { ...assignmentVersion, basis: -1 } };
    },
  },
  {
    named: "a row that an old one was written over",
    invariant: "I4",
    says: /changelog:\d:\d+ \(kustomer:t:c\d+\): row in the changelog/,
    plant: ({ changelog, local }) => {
      const record = one(changelog, ({ value }) => "sequence" in value && value.sequence > 1);
      if (!("sequence" in record.value)) return;
      record.value = { ...record.value, sequence: record.value.sequence - 1 };
      local.get(record.partition)?.rows.set(record.key ?? "", record.value);
    },
  },
  {
    named: "a row that forgets where its input began",
    invariant: "I4",
    says: /changelog:\d:\d+ \(kustomer:t:c\d+\): row in the changelog.*"firstInput":null/,
    plant: ({ changelog, local }) => {
      const record = one(changelog, ({ value }) => "firstInput" in value && value.firstInput !== null);
      if (!("firstInput" in record.value)) return;
      record.value = { ...record.value, firstInput: null };
      local.get(record.partition)?.rows.set(record.key ?? "", record.value);
    },
  },
  {
    named: "a row of the local store that is not the changelog's",
    invariant: "I4",
    says: /up to offset \d+, kustomer:t:c\d+: row in the local store/,
    plant: ({ local }) => {
      const { rows } = one([...local.values()]);
      const [key, row] = one([...rows]);
      rows.set(key, { ...row, sequence: row.sequence + 1 });
    },
  },
  {
    named: "a row of the local store that is missing",
    invariant: "I4",
    says: /row in the local store; expected .*; found null/,
    plant: ({ local }) => {
      const { rows } = one([...local.values()]);
      rows.delete(one([...rows.keys()]));
    },
  },
  {
    named: "a local store that is ahead of the changelog",
    invariant: "I4",
    says: /up to offset \d+, kustomer:t:c\d+: row in the local store/,
    plant: ({ changelog }) => {
      const at = changelog.findIndex(({ partition, key }) => partition === 1 && key === "positions");
      changelog.splice(at - 1, 1);
    },
  },
  {
    named: "nobody who has the end of the changelog",
    invariant: "I4",
    says: /changelog:0: local stores that have the changelog to its end/,
    plant: ({ local }) => {
      local.delete(0);
    },
  },
  {
    named: "checkpoints with a hole",
    invariant: "I4",
    says: /changelog:0:\d+: number of the checkpoint; expected 2; found 3/,
    plant: ({ changelog, local }) => {
      const record = one(
        changelog,
        ({ partition, value }) => partition === 0 && "checkpoint" in value && value.checkpoint === 2,
      );
      const of = local.get(0);
      if (!("checkpoint" in record.value) || of === undefined) return;
      record.value = { ...record.value, checkpoint: 3 };
      of.positions = record.value;
    },
  },
  {
    named: "positions that fall",
    invariant: "I4",
    says: /changelog:0:\d+: the position in .*-events:0 falls; expected "\d+ or more"; found \d+/,
    plant: ({ changelog }) => {
      const record = one(
        changelog,
        ({ partition, value }) => partition === 0 && "checkpoint" in value && value.checkpoint === 1,
      );
      if (!("checkpoint" in record.value)) return;
      const positions = record.value.positions.map((position) => ({ ...position, offset: 9_999 }));
      record.value = { ...record.value, positions };
    },
  },
  {
    named: "a running count that is wrong",
    invariant: "I4",
    says: /changelog:0:\d+: counter diverged; expected \d+; found 99/,
    plant: ({ changelog, local }) => {
      const of = local.get(0);
      const record = one(changelog, ({ partition, value }) => partition === 0 && value === of?.positions);
      if (of === undefined || !("checkpoint" in record.value)) return;
      const counters = record.value.counters.map((counter) => ({ ...counter, count: 99 }));
      record.value = { ...record.value, counters };
      of.positions = record.value;
    },
  },
  {
    named: "rows without the positions that end their checkpoint",
    invariant: "I4",
    says: /changelog:1:\d+: last key; expected "positions"/,
    plant: ({ changelog }) => {
      changelog.pop();
    },
  },
  {
    named: "positions that are not what the group has committed",
    invariant: "I5",
    says: /positions of .*work-item-events:1: offset; expected \d+; found \d+/,
    plant: ({ committed }) => {
      const offset = one(committed, ({ topic, partition }) => topic.endsWith("work-item-events") && partition === 1);
      offset.offset += 1;
    },
  },
  {
    named: "a raw event that its group has not committed",
    invariant: "I5",
    says: /-normalise, .*raw-events:0: committed offset; expected "more than \d+"; found \d+/,
    plant: ({ committed }) => {
      one(committed, ({ topic, partition }) => topic.endsWith("raw-events") && partition === 0).offset -= 1;
    },
  },
  {
    named: "a joined record without a decision",
    invariant: "I8",
    says: /-events:\d:\d+: what came of this record; expected {"decisions":1.*; found {"decisions":0/,
    plant: ({ decisions }) => {
      decisions.pop();
    },
  },
  {
    named: "a joined record with two decisions",
    invariant: "I8",
    says: /-events:\d:\d+: what came of this record; expected {"decisions":1.*; found {"decisions":2/,
    plant: ({ decisions }) => {
      decisions.push({ ...last(decisions) });
    },
  },
  {
    named: "a decision in another partition than its input",
    invariant: "I8",
    says: /-events:\d:\d+: what came of this record|it is not about its input|decides a record that is not there/,
    plant: ({ decisions }) => {
      const decision = last(decisions);
      decision.partition = 1 - decision.partition;
    },
  },
  {
    named: "a decision that is about another event than its input",
    invariant: "I8",
    says: /queue-assignment-decisions:\d:\d+: it is not about its input/,
    plant: ({ decisions }) => {
      const decision = last(decisions);
      decision.value = { ...decision.value, eventId: "another" };
    },
  },
  {
    named: "a joined record that cannot be decoded, and no dead letter",
    invariant: "I8",
    says: /conversation-events:0:\d+: what came of this record; expected .*"deadLetters":1}; found .*"deadLetters":0}/,
    plant: ({ conversation }) => {
      conversation.push({ partition: 0, key: "k", timestampMs: 1, headers: {}, value: Buffer.from("no Avro") });
    },
  },
];
