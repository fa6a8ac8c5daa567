/** R8: every reason of the decision rule, section 5, from webhook bodies in a file to the sentence that explains it. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createColors } from "picocolors";
import { describe, expect, it } from "vitest";
import { explainFiles } from "../../cli/explain/from-files.js";
import { explanationText } from "../../cli/explain/text.js";
import { Progress } from "../../cli/output/progress.js";
import { parseConversationKey, type Timeline } from "../../runtime/queries/index.js";
import { REASONS, type Reason } from "../../schemas/index.js";
import { conversation, type JoinedEvent, TO_NOBODY, TO_Q1, TO_Q2, workItem } from "../oracle/build.js";
import { temporaryFolder } from "../runtime/embedded/support/folders.js";
import { kustomerBody } from "../runtime/embedded/support/kustomer-bodies.js";

const KEY = parseConversationKey("kustomer:t:c");

interface Explained {
  readonly where: string;
  /** What is said of each event, after its time. */
  readonly lines: readonly string[];
}

async function explained(events: readonly JoinedEvent[]): Promise<Explained> {
  const [, where = "", , ...lines] = textOf(await timelineOf(events));
  return { where, lines: lines.map((line) => line.slice("1970-01-01T00:00:00.000Z ".length)) };
}

function textOf(timeline: Timeline): string[] {
  return explanationText(timeline, { width: 100_000, colors: createColors(false) })
    .trimEnd()
    .split("\n");
}

async function timelineOf(events: readonly JoinedEvent[]): Promise<Timeline> {
  const file = join(await temporaryFolder(), "events.ndjson");
  await writeFile(file, events.map((event) => `${kustomerBody(event)}\n`).join(""));
  const complaints: string[] = [];
  const { timeline } = await explainFiles(
    KEY,
    [file],
    {
      source: "kustomer",
      tenant: null,
      workItemStream: "present",
      applicationId: "queue-ratchet",
      topicPrefix: "",
      conversation: KEY,
    },
    {
      progress: new Progress({ write: () => true }, "events"),
      complain: (line) => complaints.push(line),
    },
  );
  expect(complaints).toEqual([]);
  if (timeline === null) throw new Error("there is no such conversation");
  return timeline;
}

const toQ1 = conversation({ eventId: "holder", revision: 5, queueChange: TO_Q1 });
const HOLDER = "event holder with the key (5,0,0,0)";
const unbased = workItem({ eventId: "unbased", revision: 3, queueChange: TO_Q2 });
const deletion = conversation({ eventId: "deletion", revision: 8, isDeletion: true });
const status = (eventId: string, revision: number, lifecycleChange: "CLOSED" | "SNOOZED" | "OPEN") =>
  conversation({ eventId, revision, lifecycleChange });

interface Scenario {
  readonly what: string;
  /** The last one gets the reason. */
  readonly events: readonly [...JoinedEvent[], JoinedEvent];
  readonly said: string;
}

const SCENARIOS: Readonly<Record<Reason, readonly [Scenario, ...Scenario[]]>> = {
  ASSIGNED: [
    {
      what: "over another event",
      events: [toQ1, workItem({ eventId: "w", revision: 1, basis: 5, queueChange: TO_Q2 })],
      said: `Work-item event w at revision 1 assigned the conversation to queue Q2, with the key (5,1,1,1), above ${HOLDER}, which held before. Assignment record 2 says so.`,
    },
  ],
  UNASSIGNED: [
    {
      what: "from another event",
      events: [toQ1, conversation({ eventId: "e", revision: 6, queueChange: TO_NOBODY })],
      said: `Conversation event e at revision 6 took the conversation from whoever held it, with the key (6,0,0,0), above ${HOLDER}, which held before. Assignment record 2 says so.`,
    },
  ],
  LIFECYCLE_CHANGED: [
    {
      what: "a status over another",
      events: [status("s1", 1, "CLOSED"), status("s2", 2, "SNOOZED")],
      said: "Conversation event s2 at revision 2 changed the life cycle, with the key (2,0,0,0), above event s1 with the key (1,0,0,0), which held before. Assignment record 2 says so.",
    },
    {
      what: "a status with a queue that lost",
      events: [toQ1, conversation({ eventId: "e", revision: 4, lifecycleChange: "CLOSED", queueChange: TO_Q2 })],
      said: `Conversation event e at revision 4 changed the life cycle, with the key (4,0,0,0). It names queue Q2 as well; the assignment stays with ${HOLDER}. Assignment record 2 says so.`,
    },
    {
      what: "a deletion",
      events: [toQ1, deletion],
      said: "Conversation event deletion at revision 8 deleted the conversation: its key is above every other. Assignment record 2 says so.",
    },
  ],
  CONFIRMED: [
    {
      what: "the same target from newer knowledge",
      events: [toQ1, conversation({ eventId: "e", revision: 6, queueChange: TO_Q1 })],
      said: `Conversation event e at revision 6 said again, from newer knowledge, what already held, with the key (6,0,0,0), above ${HOLDER}, which held before.`,
    },
    {
      what: "the same status from newer knowledge",
      events: [toQ1, status("s1", 6, "CLOSED"), status("s2", 7, "CLOSED")],
      said: "Conversation event s2 at revision 7 said again, from newer knowledge, what already held, with the key (7,0,0,0), above event s1 with the key (6,0,0,0), which held before.",
    },
  ],
  PROMOTED: [
    {
      what: "a decision that lost before",
      events: [toQ1, unbased, workItem({ eventId: "e", revision: 2, basis: 5, queueChange: TO_Q1, isSync: true })],
      said: `Work-item event e at revision 2 showed that an earlier decision, event unbased, was made from newer knowledge than had been known: that decision now has the key (5,1,1,3), above ${HOLDER}, which held before, and holds. Assignment record 2 says so.`,
    },
    {
      what: "the holder",
      events: [unbased, workItem({ eventId: "e", revision: 2, basis: 5 })],
      said: "Work-item event e at revision 2 showed that an earlier decision, event unbased, was made from newer knowledge than had been known: that decision now has the key (5,1,1,3) instead of (0,1,1,3) and holds.",
    },
    {
      what: "by a decision that lost itself",
      events: [toQ1, unbased, workItem({ eventId: "e", revision: 2, basis: 5, queueChange: TO_Q1 })],
      said: `Work-item event e at revision 2 showed that an earlier decision, event unbased, was made from newer knowledge than had been known: that decision now has the key (5,1,1,3), above ${HOLDER}, which held before, and holds. Its own decision, queue Q1 with the key (5,1,1,2), lost to that. Assignment record 2 says so.`,
    },
  ],
  NO_QUEUE_CHANGE: [
    {
      what: "an observation",
      events: [conversation({ eventId: "e", revision: 1 })],
      said: "Conversation event e at revision 1 decided nothing.",
    },
  ],
  WORK_COMPLETED: [
    {
      what: "a removal",
      events: [toQ1, workItem({ eventId: "e", revision: 2, basis: 9, queueChange: TO_NOBODY, completed: true })],
      said: "Work-item event e at revision 2 removed the queue because the work was completed: nobody decided a target.",
    },
  ],
  ECHO_FORWARD: [
    {
      what: "a copy",
      events: [toQ1, workItem({ eventId: "e", revision: 1, basis: 5, queueChange: TO_Q1, isSync: true })],
      said: "Work-item event e at revision 1 is a forward sync: a copy of a decision made on the conversation.",
    },
  ],
  ECHO_IN_SYNC: [
    {
      what: "a copy of what holds",
      events: [toQ1, conversation({ eventId: "e", revision: 6, queueChange: TO_Q1, isSync: true })],
      said: `Conversation event e at revision 6 is a reverse sync: the source's record now agrees with the assignment, which is held by ${HOLDER}.`,
    },
  ],
  ECHO_OUTDATED: [
    {
      what: "a copy below the record",
      events: [toQ1, conversation({ eventId: "e", revision: 4, queueChange: TO_Q2, isSync: true })],
      said: "Conversation event e at revision 4 is a reverse sync that the source's record has already moved past: event holder wrote it at revision 5.",
    },
  ],
  STALE_REVERSE_SYNC: [
    {
      what: "a copy of a decision that lost",
      events: [
        toQ1,
        workItem({ eventId: "w", revision: 1, basis: 4, queueChange: TO_Q2 }),
        conversation({ eventId: "e", revision: 6, queueChange: TO_Q2, isSync: true }),
      ],
      said: `Conversation event e at revision 6 is a reverse sync: it wrote queue Q2 into the source's record, a copy of an old decision, as it seems that of event w with the key (4,1,1,1). It lost to ${HOLDER}: the assignment stays as that decided it.`,
    },
    {
      what: "a copy of a decision that was never seen, before any",
      events: [conversation({ eventId: "e", revision: 6, queueChange: TO_Q2, isSync: true })],
      said: "Conversation event e at revision 6 is a reverse sync: it wrote queue Q2 into the source's record, a copy of an old decision. No decision has been seen that put the conversation there.",
    },
  ],
  SUPERSEDED_SAME_TARGET: [
    {
      what: "the same target from older knowledge",
      events: [toQ1, workItem({ eventId: "e", revision: 1, basis: 4, queueChange: TO_Q1 })],
      said: `Work-item event e at revision 1 said what a newer decision says too: with its key (4,1,1,1) it lost to ${HOLDER}.`,
    },
    {
      what: "the same status from older knowledge",
      events: [toQ1, status("s2", 7, "CLOSED"), status("s1", 6, "CLOSED")],
      said: "Conversation event s1 at revision 6 said what a newer decision says too: with its key (6,0,0,0) it lost to event s2 with the key (7,0,0,0) (the life cycle).",
    },
  ],
  FORKED_REVISION: [
    {
      what: "a lower event id",
      events: [toQ1, conversation({ eventId: "fork", revision: 5, queueChange: TO_Q2 })],
      said: `Conversation event fork at revision 5 lost with its key (5,0,0,0) to ${HOLDER} at the same revision: of the two, the greater event id counts.`,
    },
  ],
  STALE_REVISION: [
    {
      what: "another target from an older revision",
      events: [toQ1, conversation({ eventId: "e", revision: 4, queueChange: TO_Q2 })],
      said: `Conversation event e at revision 4 lost with its key (4,0,0,0) to ${HOLDER}.`,
    },
    {
      what: "another status from an older revision",
      events: [toQ1, status("s2", 9, "CLOSED"), status("s1", 6, "SNOOZED")],
      said: "Conversation event s1 at revision 6 lost with its key (6,0,0,0) to event s2 with the key (9,0,0,0) (the life cycle).",
    },
    {
      what: "another status than that of an assignment",
      events: [
        conversation({ eventId: "both", revision: 9, queueChange: TO_Q1, lifecycleChange: "CLOSED" }),
        status("s1", 6, "SNOOZED"),
      ],
      said: "Conversation event s1 at revision 6 lost with its key (6,0,0,0) to event both with the key (9,0,0,0) (the life cycle).",
    },
  ],
  STALE_BASIS: [
    {
      what: "another target from older knowledge",
      events: [toQ1, workItem({ eventId: "e", revision: 1, basis: 4, queueChange: TO_Q2 })],
      said: `Work-item event e at revision 1 was decided from conversation revision 4 and lost with its key (4,1,1,1) to ${HOLDER}.`,
    },
    {
      what: "another target from knowledge that is inferred",
      events: [toQ1, workItem({ eventId: "e", revision: 1, resourceRevision: 2, queueChange: TO_Q2 })],
      said: `Work-item event e at revision 1 was decided from conversation revision 2 (as far as is known) and lost with its key (2,1,1,1) to ${HOLDER}.`,
    },
  ],
  DUPLICATE: [
    {
      what: "the holder",
      events: [toQ1, toQ1],
      said: "Conversation event holder at revision 5 holds already, with the key (5,0,0,0): it was delivered again.",
    },
  ],
  CONVERSATION_DELETED: [
    {
      what: "a decision",
      events: [deletion, toQ1],
      said: "Conversation event holder at revision 5 came with its key (5,0,0,0) for a conversation that was deleted, and lost to the deletion, event deletion with the key (9007199254740990,0,0,0), which is above every other.",
    },
    {
      what: "a reverse sync, which has no key",
      events: [deletion, conversation({ eventId: "e", revision: 9, queueChange: TO_Q1, isSync: true })],
      said: "Conversation event e at revision 9 came for a conversation that was deleted, and lost to the deletion, event deletion with the key (9007199254740990,0,0,0), which is above every other.",
    },
  ],
};

describe.each(REASONS)("%s is explained", (reason) => {
  it.each(SCENARIOS[reason])("$what", async ({ events, said }) => {
    const { lines } = await explained(events);
    expect(lines).toHaveLength(events.length);
    expect(lines.at(-1)).toBe(`${reason}: ${said}`);
  });
});

describe("where a conversation is", () => {
  const NO_RECORD = "What the source's own record says has not been seen.";
  it.each([
    [
      "nobody knows",
      [conversation({ eventId: "e", revision: 1 })],
      `Who holds this conversation is unknown: no decision about it has been seen. It is open: no event has said otherwise. ${NO_RECORD}`,
    ],
    [
      "with nobody, and closed",
      [conversation({ eventId: "e", revision: 1, queueChange: TO_NOBODY }), status("s", 2, "CLOSED")],
      "Nobody holds this conversation: put there by conversation event e at revision 1, with the key (1,0,0,0), at 1970-01-01T00:00:00.000Z. " +
        "It is closed: so said event s with the key (2,0,0,0). The source's own record agrees, written by conversation event e at revision 1.",
    ],
    [
      "with the decision of a work item, which the record does not show",
      [workItem({ eventId: "w", revision: 1, basis: 4, queueChange: TO_Q2 })],
      "Queue Q2 holds this conversation: put there by work-item event w at revision 1, with the key (4,1,1,1), at 1970-01-01T00:00:00.000Z. " +
        `It is open: no event has said otherwise. ${NO_RECORD}`,
    ],
    ["gone", [toQ1, deletion], "This conversation was deleted by event deletion, whose key is above every other."],
  ])("%s", async (_, events, said) => {
    expect((await explained(events)).where).toBe(said);
  });
});

describe("a timeline that is not whole", () => {
  const later = [conversation({ eventId: "e", revision: 6, queueChange: TO_Q2 }), status("s1", 6, "SNOOZED")];

  it("says that older decisions are not shown, and takes nothing for the first", async () => {
    const whole = await timelineOf([toQ1, status("s2", 9, "CLOSED"), ...later]);
    const cut = { ...whole, decisions: whole.decisions.slice(2), omittedDecisions: 2 };
    const [, , , said, , ...lines] = textOf(cut);
    expect(said).toBe("2 older decisions not shown; the newest 2 are:");
    expect(lines[0]).toContain("assigned the conversation to queue Q2, with the key (6,0,0,0). Assignment");
    // The status that holds in the end is not among those shown: it was there before.
    expect(lines[1]).toContain("to event s2 with the key (9,0,0,0) (the life cycle)");
  });

  it("says that the log has lost its beginning", async () => {
    const whole = await timelineOf([toQ1, ...later]);
    const [, , , said, , ...lines] = textOf({ ...whole, decisions: whole.decisions.slice(1), beginningExpired: true });
    expect(said).toBe("Earlier decisions may be missing: the log no longer holds its beginning (retention).");
    expect(lines).toHaveLength(2);
  });

  it("still names the event that put the conversation there, with its key", async () => {
    const [, where] = textOf({ ...(await timelineOf([toQ1])), decisions: [], beginningExpired: true });
    expect(where).toContain("Queue Q1 holds this conversation: put there by event holder with the key (5,0,0,0).");
    expect(where).toContain("The source's own record agrees, written by event holder.");
  });
});

it("shows control characters as escapes", async () => {
  const timeline = await timelineOf([toQ1]);
  const bad = "\u001b[2J";
  const text = textOf({
    ...timeline,
    assignment: { type: "QUEUE", id: bad },
    decisions: timeline.decisions.map((decision) => ({ ...decision, eventId: bad, client: bad, traceId: bad })),
  });
  expect(text.join("")).not.toMatch(/\p{Cc}/u);
});
