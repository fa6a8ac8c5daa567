/** The product's own topology: the names and shapes that contracts.md fixes. */
import { describe, expect, test } from "vitest";
import {
  ASSIGNMENT_STORE,
  nodesOfKind,
  type ProductSettings,
  productTopology,
  type SubTopology,
  storesOf,
  TopologyError,
} from "../../topology/index.js";

const settings: ProductSettings = {
  applicationId: "queue-ratchet",
  topicPrefix: "",
  partitions: 12,
  tenant: null,
  workItemStream: "present",
};

const topology = productTopology(settings);

function subTopology(name: string): SubTopology<unknown> {
  const found = topology.subTopologies.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no sub-topology ${name}`);
  return found;
}

function reads(name: string): unknown[] {
  return nodesOfKind(subTopology(name), "source").map(({ topic, value }) => [topic, value]);
}

function writes(name: string): unknown[] {
  return nodesOfKind(subTopology(name), "sink").map(({ topic, value }) => [topic, value]);
}

describe("the topics", () => {
  test("have the names and clean-ups of the contract", () => {
    expect(Object.fromEntries(topology.topics.map(({ name, cleanup }) => [name, cleanup]))).toEqual({
      "raw-events": "delete",
      "conversation-events": "delete",
      "work-item-events": "delete",
      "queue-assignments": "compact",
      "queue-assignment-decisions": "delete",
      "dead-letters": "delete",
      "queue-ratchet-assignment-store-changelog": "compact",
    });
  });

  test("have one partition count, but for the dead letters", () => {
    const counts = topology.topics.filter(({ name }) => name !== "dead-letters").map(({ partitions }) => partitions);
    expect(new Set(counts)).toEqual(new Set([12]));
  });

  test("all begin with the prefix when there is one", () => {
    const names = productTopology({ ...settings, topicPrefix: "acme." }).topics.map(({ name }) => name);
    expect(names).toEqual(topology.topics.map(({ name }) => `acme.${name}`));
  });

  test("are named in the nodes with the prefix, too", () => {
    const prefixed = productTopology({ ...settings, topicPrefix: "acme." });
    const used = prefixed.subTopologies.flatMap(({ nodes, stores }) => [
      ...nodes.flatMap((node) => (node.kind === "processor" ? [] : [node.topic])),
      ...stores.map(({ changelogTopic }) => changelogTopic),
    ]);
    expect(new Set(used)).toEqual(new Set(prefixed.topics.map(({ name }) => name)));
  });

  test("include the changelog of the application", () => {
    const other = productTopology({ ...settings, applicationId: "other" });
    expect(other.topics.map(({ name }) => name)).toContain("other-assignment-store-changelog");
  });
});

test("records flow through normalise, then ratchet", () => {
  expect(topology.subTopologies.map(({ name }) => name)).toEqual(["normalise", "ratchet"]);
});

describe("normalise", () => {
  test("reads raw events as bytes", () => {
    expect(reads("normalise")).toEqual([["raw-events", "bytes"]]);
  });

  test("writes the two event streams", () => {
    expect(writes("normalise")).toEqual([
      ["conversation-events", "ConversationEvent"],
      ["work-item-events", "WorkItemEvent"],
    ]);
  });

  test("has no store", () => {
    expect(subTopology("normalise").stores).toEqual([]);
  });
});

describe("ratchet", () => {
  test("joins the two event streams", () => {
    expect(reads("ratchet")).toEqual([
      ["conversation-events", "ConversationEvent"],
      ["work-item-events", "WorkItemEvent"],
    ]);
  });

  test("writes the assignments and the decisions", () => {
    expect(writes("ratchet")).toEqual([
      ["queue-assignments", "QueueAssignment"],
      ["queue-assignment-decisions", "AssignmentDecision"],
    ]);
  });

  test("has both of its processors on one store", () => {
    const stores = nodesOfKind(subTopology("ratchet"), "processor").map(({ name }) =>
      storesOf(subTopology("ratchet"), name).map((store) => store.name),
    );
    expect(stores).toEqual([[ASSIGNMENT_STORE], [ASSIGNMENT_STORE]]);
  });

  test("keeps its store's changelog where the contract says", () => {
    expect(subTopology("ratchet").stores.map(({ changelogTopic }) => changelogTopic)).toEqual([
      "queue-ratchet-assignment-store-changelog",
    ]);
  });
});

test.each(["normalise", "ratchet"])("%s sends what it refuses to the dead letters", (name) => {
  expect(nodesOfKind(subTopology(name), "dead-letters").map(({ topic }) => topic)).toEqual(["dead-letters"]);
});

test.each([0, 2.5])("%d partitions are refused", (partitions) => {
  expect(() => productTopology({ ...settings, partitions })).toThrow(TopologyError);
});
