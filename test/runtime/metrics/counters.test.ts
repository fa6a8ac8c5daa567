/** What is counted, from real runs of the embedded engine. */
import { describe, expect, it } from "vitest";
import { REFUSAL_CODES } from "../../../processors/index.js";
import { EngineMetrics } from "../../../runtime/metrics/index.js";
import { encodeText } from "../../../runtime/task/index.js";
import { productTopology } from "../../../topology/index.js";
import { conversation, TO_Q1, TO_Q2 } from "../../oracle/build.js";
import { incidentConversation } from "../../oracle/incident.js";
import { Q2, TENANT } from "../../processors/sources/documents.js";
import { counted, feed, incident, joined, openMetered, RECEIVED_AT_MS, raw, samples } from "./support.js";

function ignorable(name: string): string {
  return JSON.stringify({ id: "e", name, org: TENANT });
}

describe("the founding incident", () => {
  it("has thirteen decided events", async () => {
    expect(await samples(await incident(), "events_total")).toEqual([
      '{source="kustomer",entity="AUDIT"} 1',
      '{source="kustomer",entity="CONVERSATION"} 9',
      '{source="kustomer",entity="WORK_ITEM"} 3',
    ]);
  });

  it("has its decisions counted by class and reason", async () => {
    expect(await counted(await incident(), "decisions_total")).toEqual([
      '{source="kustomer",class="echo",reason="ECHO_FORWARD"} 1',
      '{source="kustomer",class="emitted",reason="ASSIGNED"} 3',
      '{source="kustomer",class="emitted",reason="UNASSIGNED"} 1',
      '{source="kustomer",class="kept",reason="NO_QUEUE_CHANGE"} 6',
      '{source="kustomer",class="kept",reason="SUPERSEDED_SAME_TARGET"} 1',
      '{source="kustomer",class="stale",reason="STALE_REVERSE_SYNC"} 1',
    ]);
  });

  it("emits four records", async () => {
    expect(await counted(await incident(), "assignments_emitted_total")).toEqual(['{source="kustomer"} 4']);
  });

  it("drops one stale event", async () => {
    expect(await counted(await incident(), "stale_drops_total")).toEqual([
      '{source="kustomer",reason="STALE_REVERSE_SYNC"} 1',
    ]);
  });

  it("diverges once, though two of its events find it diverged", async () => {
    expect(await counted(await incident(), "divergences_total")).toEqual(['{source="kustomer"} 1']);
  });

  it("has no fork, nothing ignored and no dead letter", async () => {
    const run = await incident();
    expect(await counted(run, "forked_revisions_total")).toEqual([]);
    expect(await samples(run, "ignored_events_total")).toEqual([]);
    expect(await counted(run, "dead_letters_total")).toEqual([]);
  });

  it("took 750 ms from receipt to commit, each of its events once", async () => {
    const latency = await samples(await incident(), "end_to_end_latency_seconds");
    expect(latency).toContain('_bucket{le="0.5"} 0');
    expect(latency).toContain('_bucket{le="1"} 13');
    expect(latency).toContain("_count 13");
    expect(latency).toContain("_sum 9.75");
  });

  it("has every commit counted and timed", async () => {
    const run = await incident();
    const [committed, failed] = await samples(run, "commits_total");
    const commits = Number(/^\{result="committed"\} (\d+)$/.exec(committed ?? "")?.[1]);
    expect(commits).toBeGreaterThanOrEqual(2);
    expect(failed).toBe('{result="failed"} 0');
    expect(await samples(run, "commit_duration_seconds")).toContain(`_count ${commits}`);
  });

  it("leaves no id in any metric", async () => {
    const { metrics } = await incident();
    expect(await metrics.registry.metrics()).not.toMatch(/[0-9a-f]{24}/);
  });
});

describe("divergence", () => {
  it("begins again when it begins again", async () => {
    const run = await incident();
    const update = (eventId: string, revision: number, queue: string, isSync: boolean) =>
      joined(
        run.engine,
        incidentConversation({ eventId, revision, isSync, queueChange: { target: { type: "QUEUE", id: queue } } }),
      );
    await feed(run.engine, [update("mended", 70, Q2, false)]);
    expect(await samples(run, "diverged_conversations")).toEqual(['{task="ratchet-0"} 0']);
    await feed(run.engine, [update("reverse", 71, "Q-OTHER", true)]);
    expect(await samples(run, "diverged_conversations")).toEqual(['{task="ratchet-0"} 1']);
    expect(await counted(run, "divergences_total")).toEqual(['{source="kustomer"} 2']);
  });
});

describe("forks", () => {
  it("are counted by source", async () => {
    const run = await openMetered();
    run.engine.start();
    const fork = (eventId: string, queueChange: typeof TO_Q1) =>
      joined(run.engine, conversation({ eventId, revision: 5, queueChange }));
    await feed(run.engine, [fork("b", TO_Q1), fork("a", TO_Q2)]);
    expect(await counted(run, "forked_revisions_total")).toEqual(['{source="kustomer"} 1']);
  });
});

describe("what cannot be processed", () => {
  it("is counted by the sub-topology that refused it, and why", async () => {
    const run = await openMetered();
    run.engine.start();
    const undecodable = {
      topic: "conversation-events",
      timestamp: 0,
      key: encodeText("k"),
      value: encodeText("?"),
      headers: [],
    };
    await feed(run.engine, [raw("{"), raw("{"), raw(""), undecodable]);
    expect(await counted(run, "dead_letters_total")).toEqual([
      '{stage="normalise",code="EMPTY_BODY"} 1',
      '{stage="normalise",code="INVALID_JSON"} 2',
      '{stage="ratchet",code="UNDECODABLE"} 1',
    ]);
    expect(await samples(run, "end_to_end_latency_seconds")).toContain("_count 0");
  });
});

describe("counters by source alone", () => {
  it.each(["assignments_emitted_total", "divergences_total", "forked_revisions_total"])(
    "begin at none, so that rate() sees their first count: %s",
    async (name) => {
      const sources = ["belco", "kustomer", "other", "rasayel"];
      expect(await samples(await openMetered(), name)).toEqual(sources.map((source) => `{source="${source}"} 0`));
    },
  );
});

describe("counters by reason", () => {
  const KNOWN = ["belco", "kustomer", "rasayel"];

  it("of stale drops begin at none for every source that is known", async () => {
    const reasons = ["CONVERSATION_DELETED", "FORKED_REVISION", "STALE_BASIS", "STALE_REVERSE_SYNC", "STALE_REVISION"];
    expect(await samples(await openMetered(), "stale_drops_total")).toEqual(
      KNOWN.flatMap((source) => reasons.map((reason) => `{source="${source}",reason="${reason}"} 0`)),
    );
  });

  it("of decisions begin at none, with every class that a reason may have", async () => {
    const series = await samples(await openMetered(), "decisions_total");
    expect(series).toHaveLength(KNOWN.length * 18);
    expect(series.filter((line) => line.includes("PROMOTED"))).toEqual(
      KNOWN.flatMap((source) => [
        `{source="${source}",class="emitted",reason="PROMOTED"} 0`,
        `{source="${source}",class="kept",reason="PROMOTED"} 0`,
      ]),
    );
    expect(series).toContain('{source="belco",class="duplicate",reason="DUPLICATE"} 0');
    expect(series.every((line) => line.endsWith(" 0"))).toBe(true);
  });

  it("count on the series with which they began", async () => {
    const run = await incident();
    expect(await samples(run, "decisions_total")).toHaveLength(KNOWN.length * 18);
    expect(await samples(run, "stale_drops_total")).toHaveLength(KNOWN.length * 5);
  });

  it("of dead letters begin at none, for every code in each sub-topology", async () => {
    const series = await samples(await openMetered(), "dead_letters_total");
    const stages = ["normalise", "ratchet"];
    expect(series).toEqual(
      stages.flatMap((stage) => [...REFUSAL_CODES].sort().map((code) => `{stage="${stage}",code="${code}"} 0`)),
    );
  });
});

describe("labels from outside", () => {
  it("count sources that are not known as one", async () => {
    const run = await openMetered();
    run.engine.start();
    const sources = Array.from({ length: 50 }, (_, index) => `producer-${index}`);
    const events = sources.map((source) => conversation({ source, eventId: "e", revision: 1, queueChange: TO_Q1 }));
    await feed(
      run.engine,
      events.map((event) => joined(run.engine, event)),
    );
    expect(await samples(run, "events_total")).toEqual(['{source="other",entity="CONVERSATION"} 50']);
    expect(await counted(run, "assignments_emitted_total")).toEqual(['{source="other"} 50']);
    expect(await run.metrics.registry.metrics()).not.toContain("producer-");
  });

  it("count ignored events by the word for their kind, whatever their name", async () => {
    const run = await openMetered();
    run.engine.start();
    const names = Array.from({ length: 50 }, (_, index) => `kustomer.message.${index}`);
    await feed(run.engine, [...names, "kustomer.note.create"].map(ignorable).map(raw));
    expect(await samples(run, "ignored_events_total")).toEqual([
      '{source="kustomer",event="message"} 50',
      '{source="kustomer",event="note"} 1',
    ]);
  });
});

describe("latency", () => {
  it("is none when the producer's clock is ahead", async () => {
    const run = await openMetered();
    run.engine.start();
    const event = conversation({ eventId: "e", revision: 1, queueChange: TO_Q1 });
    await feed(run.engine, [joined(run.engine, event, RECEIVED_AT_MS + 60_000)]);
    expect(await samples(run, "end_to_end_latency_seconds")).toEqual(expect.arrayContaining(["_count 1", "_sum 0"]));
  });

  it("is unknown for a record without a timestamp", async () => {
    const topology = productTopology({
      applicationId: "a",
      topicPrefix: "",
      partitions: 1,
      tenant: null,
      workItemStream: "present",
    });
    const metrics = new EngineMetrics({ topology, now: () => RECEIVED_AT_MS });
    metrics.committed({
      subTopology: "ratchet",
      partition: 0,
      records: 1,
      outcomes: [
        {
          kind: "decided",
          source: "kustomer",
          entity: "CONVERSATION",
          reason: "ASSIGNED",
          decisionClass: "emitted",
          emitted: true,
          forked: false,
          diverged: false,
          divergedBefore: false,
        },
      ],
      receivedAtMs: [-1],
      rowOutcomes: [],
      counters: {},
      commitMs: 1,
    });
    expect(await samples({ metrics }, "end_to_end_latency_seconds")).toContain("_count 0");
    expect(await samples({ metrics }, "events_total")).toHaveLength(1);
  });
});

describe("a checkpoint that fails", () => {
  it("is counted as failed, and nothing of it as having happened", async () => {
    let broken = false;
    const run = await openMetered({
      storage: {
        onAppended: () => {
          broken = true;
        },
        crashPoints: {
          hit(label) {
            if (broken && label === "commit.before-write") throw new Error("IO error: no space left on device");
          },
        },
      },
    });
    run.engine.start();
    await run.engine.append([raw("{")]);
    await run.engine.ended();
    expect(await samples(run, "commits_total")).toEqual(['{result="committed"} 0', '{result="failed"} 1']);
    expect(await counted(run, "dead_letters_total")).toEqual([]);
  });
});
