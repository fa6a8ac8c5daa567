/** Section 7: rules that look right and are wrong, each on a scenario where it fails and ours does not. */
import { describe, expect, it } from "vitest";
import type { Target } from "../../../schemas/types.js";
import { conversation, Q2, Q3, TO_Q1, TO_Q2, TO_Q3, workItem } from "../../oracle/build.js";
import {
  AUDIT,
  C54,
  C57,
  C58,
  C59,
  C60,
  INCIDENT,
  INCIDENT_Q1,
  INCIDENT_Q2,
  incidentConversation,
  incidentWorkItem,
} from "../../oracle/incident.js";
import { evaluate, type JoinedEvent, type RuleOptions } from "../../oracle/oracle.js";
import {
  compareAndSetOnRecord,
  compareQueues,
  countEchoesAsNewer,
  dropBelowCurrentRevision,
  highestRevisionWins,
  laterSnapshotShowsTruth,
  latestTimeWins,
  type WrongRule,
} from "../../oracle/wrong-rules.js";
import { emissionsOf, runSteps } from "./subject.js";

const OPTIONS: RuleOptions = { workItemStream: "present" };

const C61_TAGS = incidentConversation({
  eventId: "c61",
  revision: 61,
  snapshotTarget: INCIDENT_Q1,
});
const W4_FROM_58 = incidentWorkItem({
  eventId: "w4",
  revision: 4,
  basis: 58,
  queueChange: TO_Q3,
});
const W5_FROM_59 = incidentWorkItem({
  eventId: "w5",
  revision: 5,
  basis: 59,
  queueChange: TO_Q3,
});
const UP_TO_C59 = INCIDENT.slice(0, INCIDENT.indexOf(C60));

/** C50 Q2, C52 Q1, C54 Q2; then a decision that was made from C50 arrives. */
const ABA: readonly JoinedEvent[] = [
  conversation({ eventId: "c50", revision: 50, queueChange: TO_Q2 }),
  conversation({ eventId: "c52", revision: 52, queueChange: TO_Q1 }),
  conversation({ eventId: "c54", revision: 54, queueChange: TO_Q2 }),
  workItem({ eventId: "w2", revision: 2, basis: 50, queueChange: TO_Q3 }),
];

function ours(arrivals: readonly JoinedEvent[]): Target | null {
  return runSteps(arrivals, OPTIONS).at(-1)?.decided.row.assignment ?? null;
}

interface Scenario {
  readonly name: string;
  readonly wrong: WrongRule;
  readonly arrivals: readonly JoinedEvent[];
  readonly wrongTarget: Target | null;
  readonly rightTarget: Target | null;
}

const SCENARIOS: readonly Scenario[] = [
  {
    name: "highest revision wins: the reverse sync C60 takes the conversation back to Q1",
    wrong: highestRevisionWins,
    arrivals: INCIDENT,
    wrongTarget: INCIDENT_Q1,
    rightTarget: INCIDENT_Q2,
  },
  {
    name: "highest revision wins: C60 wins in the reverse order, too",
    wrong: highestRevisionWins,
    arrivals: INCIDENT.toReversed(),
    wrongTarget: INCIDENT_Q1,
    rightTarget: INCIDENT_Q2,
  },
  {
    name: "latest published time wins: C60 is the latest",
    wrong: latestTimeWins,
    arrivals: INCIDENT,
    wrongTarget: INCIDENT_Q1,
    rightTarget: INCIDENT_Q2,
  },
  {
    name: "a later snapshot shows the truth: the tag edit C61 after C60 launders the error",
    wrong: laterSnapshotShowsTruth,
    arrivals: [...INCIDENT, C61_TAGS],
    wrongTarget: INCIDENT_Q1,
    rightTarget: INCIDENT_Q2,
  },
  {
    name: "drop what is based below the current conversation revision: W4 from 58 is valid after the tags of C59",
    wrong: dropBelowCurrentRevision,
    arrivals: [...UP_TO_C59, W4_FROM_58],
    wrongTarget: INCIDENT_Q2,
    rightTarget: Q3,
  },
  {
    name: "count echoes as newer: W5 from 59 is valid after the echo C60",
    wrong: countEchoesAsNewer,
    arrivals: [...INCIDENT, W5_FROM_59],
    wrongTarget: INCIDENT_Q2,
    rightTarget: Q3,
  },
  {
    name: "compare queues (ABA): the decision from C50 is stale although the queue is again that of C50",
    wrong: compareQueues,
    arrivals: ABA,
    wrongTarget: Q3,
    rightTarget: Q2,
  },
  {
    name: "compare-and-set on the record: the faulty write passed the fresh precondition 59",
    wrong: compareAndSetOnRecord,
    arrivals: INCIDENT,
    wrongTarget: INCIDENT_Q1,
    rightTarget: INCIDENT_Q2,
  },
];

describe("a wrong rule fails where ours does not", () => {
  it.each(SCENARIOS)("$name", ({ wrong, arrivals, wrongTarget, rightTarget }) => {
    expect(wrong(arrivals)).toEqual(wrongTarget);
    expect(ours(arrivals)).toEqual(rightTarget);
    expect(evaluate(arrivals, OPTIONS).assignment).toEqual(rightTarget);
  });

  it("each is right up to C59, so that only the scenario tells it from ours", () => {
    const rules = [highestRevisionWins, latestTimeWins, laterSnapshotShowsTruth, dropBelowCurrentRevision];
    for (const wrong of [...rules, countEchoesAsNewer, compareQueues, compareAndSetOnRecord]) {
      expect(wrong(UP_TO_C59)).toEqual(INCIDENT_Q2);
    }
  });

  it("the audit shows the fresh precondition of the faulty write: the revision before it", () => {
    if (AUDIT.kind !== "conversation" || C60.event.revision === null) throw new Error("unreachable");
    expect(AUDIT.event.preconditionRevision).toBe(C60.event.revision - 1);
  });

  it("both changes of Q2 to Q1 to Q2 are emitted, each with a version of its own (ABA)", () => {
    const emissions = emissionsOf(runSteps(ABA, OPTIONS));
    expect(emissions.map(({ assignment, assignmentVersion }) => [assignment?.id, assignmentVersion?.basis])).toEqual([
      ["Q2", 50],
      ["Q1", 52],
      ["Q2", 54],
    ]);
  });
});

describe("the known limit", () => {
  it("lets a stale conversation decision win when it lands unflagged at a later revision: nothing tells", () => {
    const late = incidentConversation({
      eventId: C54.event.eventId,
      revision: 60,
      queueChange: { target: INCIDENT_Q1 },
      traceId: C54.event.traceId,
    });
    const arrivals = [...INCIDENT.filter((joined) => joined !== C54 && joined !== C60), late];
    expect(arrivals).toContain(C58);
    expect(arrivals).toContain(C59);
    expect(arrivals).toContain(C57);
    expect(ours(arrivals)).toEqual(INCIDENT_Q1);
    expect(evaluate(arrivals, OPTIONS).assignment).toEqual(INCIDENT_Q1);
  });
});
