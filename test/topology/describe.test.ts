/** How a topology is printed: as text, and as a Mermaid flow chart. */
import { describe, expect, test } from "vitest";
import { describeAsMermaid, describeTopology, productTopology } from "../../topology/index.js";
import { sample } from "./sample.js";

const topology = productTopology({
  applicationId: "queue-ratchet",
  topicPrefix: "acme.",
  partitions: 12,
  tenant: null,
  workItemStream: "present",
});

/** The lines that follow the line with this text, as deep as they are indented below it. */
function below(text: string, head: string): string[] {
  const lines = text.split("\n");
  const start = lines.findIndex((line) => line.trimStart().startsWith(head));
  const depth = indentOf(lines[start] ?? "");
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => indentOf(line) <= depth);
  return rest.slice(0, end).map((line) => line.trim());
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

describe("as text", () => {
  const text = describeTopology(topology);

  test("the sub-topologies are numbered in the order of the flow", () => {
    expect(text.match(/Sub-topology: \d \(\w+\)/g)).toEqual([
      "Sub-topology: 0 (normalise)",
      "Sub-topology: 1 (ratchet)",
    ]);
  });

  test("a source says its topic and value, and what it feeds", () => {
    expect(text).toContain("Source: work-item-events-source (topic: acme.work-item-events, value: WorkItemEvent)");
    expect(below(text, "Source: work-item-events-source")).toEqual(["--> work-item-ratchet, refused-sink"]);
  });

  test("a processor says its stores, what it feeds, and what feeds it", () => {
    expect(text).toContain("Processor: conversation-ratchet (stores: [assignment-store])");
    expect(below(text, "Processor: conversation-ratchet")).toEqual([
      "--> queue-assignments-sink, decisions-sink, refused-sink",
      "<-- conversation-events-source",
    ]);
  });

  test("a processor without stores says so", () => {
    expect(text).toContain("Processor: normaliser (stores: [])");
  });

  test("a sink says its topic and value, and what feeds it", () => {
    expect(text).toContain("Sink: queue-assignments-sink (topic: acme.queue-assignments, value: QueueAssignment)");
    expect(below(text, "Sink: queue-assignments-sink")).toEqual(["<-- conversation-ratchet, work-item-ratchet"]);
  });

  test("dead letters say their topic and what feeds them", () => {
    expect(text).toContain("Dead letters: unreadable-sink (topic: acme.dead-letters, as received)");
    expect(below(text, "Dead letters: unreadable-sink")).toEqual(["<-- normaliser"]);
  });

  test("a store says its changelog", () => {
    expect(text).toContain("Store: assignment-store (changelog: acme.queue-ratchet-assignment-store-changelog)");
  });

  test("a topic says its partitions and its clean-up", () => {
    expect(below(`${text}.`, "Topics:")).toContain("acme.queue-assignments (partitions: 12, clean-up: compact)");
  });

  test("every topic is listed", () => {
    expect(below(`${text}.`, "Topics:").map((line) => line.split(" ")[0])).toEqual(
      topology.topics.map(({ name }) => name),
    );
  });

  test("a processor that feeds nothing says none", () => {
    const builder = sample();
    builder
      .subTopology("three")
      .source({ name: "third-source", topic: "output", value: "bytes" })
      .processor({ name: "third", parents: ["third-source"], input: "bytes", processor: { process: () => null } })
      .deadLetters({ name: "third-refused", parents: ["third-source"], topic: "refused" });
    expect(below(describeTopology(builder.build()), "Processor: third")).toEqual(["--> none", "<-- third-source"]);
  });
});

describe("as Mermaid", () => {
  const lines = describeAsMermaid(topology)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const EDGE = /^(\w+) (-->|<-->) (\w+)$/;
  const NODE = /^(\w+)(?:\[\/"(.+)"\/\]|\("(.+)"\)|\[\("(.+)"\)\])$/;
  const edges = lines.flatMap((line) => [...(EDGE.exec(line) ?? [])].slice(1).join(" ") || []);
  const declared = new Map(lines.flatMap((line) => idAndTitle(NODE.exec(line))));

  function idAndTitle(match: RegExpExecArray | null): [string, string][] {
    if (match === null) return [];
    const [, id = "", ...titles] = match;
    return [[id, titles.find((title) => title !== undefined) ?? ""]];
  }

  /** The edges with the titles of the nodes for their ids. */
  const named = edges.map((edge) =>
    edge
      .split(" ")
      .map((part) => declared.get(part) ?? part)
      .join(" "),
  );

  test("it is a flow chart", () => {
    expect(lines[0]).toBe("flowchart LR");
  });

  test("every line is one that Mermaid knows", () => {
    const unknown = lines.filter(
      (line) => !(EDGE.test(line) || NODE.test(line) || /^(flowchart LR|end|subgraph \w+\["\w+"\])$/.test(line)),
    );
    expect(unknown).toEqual([]);
  });

  test("every box is closed", () => {
    const opened = lines.filter((line) => line.startsWith("subgraph "));
    expect(lines.filter((line) => line === "end")).toHaveLength(opened.length);
  });

  test("both ends of every edge are declared", () => {
    const ends = edges.flatMap((edge) => edge.split(" ")).filter((part) => !part.includes("-"));
    expect(ends.filter((end) => !declared.has(end))).toEqual([]);
  });

  test("no edge is drawn twice", () => {
    expect(new Set(edges).size).toBe(edges.length);
  });

  test("records flow from topic through processor to topic", () => {
    expect(named).toEqual(
      expect.arrayContaining([
        "acme.raw-events --> normaliser",
        "normaliser --> acme.work-item-events",
        "acme.work-item-events --> work-item-ratchet",
        "work-item-ratchet --> acme.queue-assignments",
        "work-item-ratchet --> acme.queue-assignment-decisions",
        "acme.work-item-events --> acme.dead-letters",
      ]),
    );
  });

  test("both ratchets stand on the store", () => {
    expect(named.filter((edge) => edge.includes("<-->"))).toEqual([
      "conversation-ratchet <--> assignment-store",
      "work-item-ratchet <--> assignment-store",
    ]);
  });

  test("all topics but the changelog are shown", () => {
    const topics = topology.topics.map(({ name }) => name).filter((name) => !name.endsWith("-changelog"));
    expect([...declared.values()].filter((title) => title.startsWith("acme."))).toEqual(topics);
  });

  test("the processors and the store stand in the box of their sub-topology", () => {
    const start = lines.indexOf('subgraph sub_ratchet["ratchet"]');
    const box = lines.slice(start + 1, lines.indexOf("end", start));
    expect(box.map((line) => declared.get(NODE.exec(line)?.[1] ?? ""))).toEqual([
      "conversation-ratchet",
      "work-item-ratchet",
      "assignment-store",
    ]);
  });
});
