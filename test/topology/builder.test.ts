/** A topology that cannot be run is refused when it is built, and the error names what is wrong with it. */
import { describe, expect, test } from "vitest";
import { type SubTopologyBuilder, type TopologyBuilder, TopologyError } from "../../topology/index.js";
import { addFirst, addSecond, processor, sample, store, TOPICS, topic, withTopics } from "./sample.js";

/** Expects that building fails with an error that holds every one of these texts. */
function expectRefused(builder: TopologyBuilder<null>, ...texts: readonly string[]): void {
  const build = () => builder.build();
  expect(build).toThrow(TopologyError);
  for (const text of texts) expect(build).toThrow(text);
}

/** The first sub-topology of the sample, with something added. */
function firstWith(add: (builder: SubTopologyBuilder<null>) => void): TopologyBuilder<null> {
  const builder = withTopics();
  add(addFirst(builder.subTopology("one")));
  return builder;
}

/** Both sub-topologies of the sample, with something added to the second. */
function secondWith(add: (builder: SubTopologyBuilder<null>) => void, topics = TOPICS): TopologyBuilder<null> {
  const builder = withTopics(topics);
  addFirst(builder.subTopology("one"));
  add(addSecond(builder.subTopology("two")));
  return builder;
}

describe("a topology that is right", () => {
  test("is built", () => {
    expect(
      sample()
        .build()
        .subTopologies.map(({ name }) => name),
    ).toEqual(["one", "two"]);
  });

  test("has its sub-topologies in the order in which records flow", () => {
    const builder = withTopics();
    addSecond(builder.subTopology("two"));
    addFirst(builder.subTopology("one"));
    expect(builder.build().subTopologies.map(({ name }) => name)).toEqual(["one", "two"]);
  });

  test("may name a node before it is added", () => {
    const builder = withTopics();
    const second = builder.subTopology("two");
    second.deadLetters({ name: "refused", parents: ["work"], topic: "refused" });
    second.processor(processor("work", ["source"])).source({ name: "source", topic: "input", value: "bytes" });
    expect(builder.build().subTopologies).toHaveLength(1);
  });

  test("does not change when its builder goes on", () => {
    const builder = sample();
    const topology = builder.build();
    builder.topic(topic("later"));
    expect(topology.topics).toEqual(TOPICS);
  });
});

describe("a name that is used twice:", () => {
  test("of topics", () => {
    expectRefused(sample([...TOPICS, topic("middle")]), 'topic "middle"');
  });

  test("of sub-topologies", () => {
    const builder = withTopics();
    addFirst(builder.subTopology("one"));
    addSecond(builder.subTopology("one"));
    expectRefused(builder, 'sub-topology "one"');
  });

  test("of nodes", () => {
    expectRefused(
      firstWith((one) => one.processor(processor("first", ["first-source"]))),
      '"first"',
    );
  });

  test("of nodes in different sub-topologies", () => {
    expectRefused(
      secondWith((two) => two.processor(processor("first", ["second-source"]))),
      '"first"',
    );
  });

  test("of a node and a store", () => {
    expectRefused(
      secondWith((two) => two.store(store("second", ["second"], "output"))),
      '"second"',
    );
  });

  test("of no characters", () => {
    expectRefused(
      firstWith((one) => one.processor(processor("", ["first-source"]))),
      "has no name",
    );
  });
});

describe("a parent that cannot be one:", () => {
  test("one that does not exist", () => {
    expectRefused(
      firstWith((one) => one.processor(processor("extra", ["nowhere"]))),
      '"extra"',
      '"nowhere"',
    );
  });

  test("one in another sub-topology, which the error names", () => {
    const builder = secondWith((two) => two.processor(processor("extra", ["first"])));
    expectRefused(builder, '"extra"', '"first"', 'sub-topology "one"');
  });

  test.each(["first-sink", "first-refused"])("the sink %s", (parent) => {
    expectRefused(
      firstWith((one) => one.processor(processor("extra", [parent]))),
      '"extra"',
      `"${parent}"`,
    );
  });

  test("a source, for a sink", () => {
    const sink = { name: "copy", parents: ["first-source"], topic: "output", value: "bytes" } as const;
    expectRefused(
      firstWith((one) => one.sink(sink)),
      '"copy"',
      '"first-source"',
    );
  });

  test("a source of other values than the processor takes", () => {
    const builder = withTopics();
    addFirst(builder.subTopology("one"))
      .source({ name: "events", topic: "output", value: "WorkItemEvent" })
      .processor({ ...processor("extra", ["events"]), input: "ConversationEvent" });
    expectRefused(builder, '"extra"', "ConversationEvent", '"events"', "WorkItemEvent");
  });

  test.each([
    ["a processor", (one: SubTopologyBuilder<null>) => one.processor(processor("extra", []))],
    [
      "a sink",
      (one: SubTopologyBuilder<null>) => one.sink({ name: "extra", parents: [], topic: "output", value: "bytes" }),
    ],
  ])("none at all, for %s", (_what, add) => {
    expectRefused(firstWith(add), '"extra" has no parent');
  });

  test("the node itself", () => {
    const builder = withTopics();
    addFirst(builder.subTopology("one")).processor(processor("extra", ["extra"]));
    expectRefused(builder, "extra -> extra");
  });
});

describe("sources:", () => {
  test("none in a sub-topology", () => {
    const builder = sample();
    builder.subTopology("three");
    expectRefused(builder, '"three" has no source');
  });

  test("one that feeds nothing", () => {
    const builder = firstWith((one) => one.source({ name: "unused", topic: "output", value: "bytes" }));
    expectRefused(builder, '"unused"');
  });

  test("one that feeds dead letters only", () => {
    const builder = withTopics();
    builder
      .subTopology("one")
      .source({ name: "unused", topic: "input", value: "bytes" })
      .deadLetters({ name: "refused-sink", parents: ["unused"], topic: "refused" });
    expectRefused(builder, '"unused" feeds no processor');
  });

  test("two of one topic in a sub-topology", () => {
    const builder = firstWith((one) =>
      one.source({ name: "again", topic: "input", value: "bytes" }).processor(processor("extra", ["again"])),
    );
    expectRefused(builder, '"first-source"', '"again"', '"input"');
  });
});

describe("dead letters:", () => {
  test("no node for them", () => {
    const builder = withTopics();
    builder
      .subTopology("one")
      .source({ name: "source", topic: "input", value: "bytes" })
      .processor(processor("work", ["source"]));
    expectRefused(builder, 'sub-topology "one"', "not 0");
  });

  test("two nodes for them", () => {
    const more = { name: "more-refused", parents: ["first"], topic: "refused" };
    expectRefused(
      firstWith((one) => one.deadLetters(more)),
      'sub-topology "one"',
      "not 2",
    );
  });
});

describe("topics:", () => {
  test.each(["input", "middle", "refused", "output", "changelog"])("%s is not declared", (missing) => {
    expectRefused(sample(TOPICS.filter(({ name }) => name !== missing)), `"${missing}"`, "not declared");
  });

  test.each([0, -1, 1.5, Number.NaN])("one with %d partitions", (partitions) => {
    expectRefused(sample([...TOPICS, topic("bad", partitions)]), '"bad"', String(partitions));
  });

  test("one that is written and read as different contracts", () => {
    const builder = withTopics();
    addFirst(builder.subTopology("one")).sink({
      name: "typed-sink",
      parents: ["first"],
      topic: "output",
      value: "WorkItemEvent",
    });
    builder
      .subTopology("two")
      .source({ name: "typed-source", topic: "output", value: "ConversationEvent" })
      .processor({ ...processor("work", ["typed-source"]), input: "ConversationEvent" })
      .deadLetters({ name: "typed-refused", parents: ["work"], topic: "refused" });
    expectRefused(builder, '"output"', '"typed-sink"', "WorkItemEvent", '"typed-source"', "ConversationEvent");
  });
});

describe("stores:", () => {
  test("one that nobody uses", () => {
    expectRefused(
      secondWith((two) => two.store(store("unused", [], "output"))),
      '"unused"',
    );
  });

  test("one of a processor that does not exist", () => {
    expectRefused(
      secondWith((two) => two.store(store("lost", ["nobody"], "output"))),
      '"lost"',
      '"nobody"',
    );
  });

  test("one of a processor in another sub-topology", () => {
    const builder = secondWith((two) => two.store(store("lost", ["first"], "output")));
    expectRefused(builder, '"lost"', '"first"', 'sub-topology "two"');
  });

  test("one of a node that is no processor", () => {
    expectRefused(
      secondWith((two) => two.store(store("lost", ["second-sink"], "output"))),
      '"lost"',
      '"second-sink"',
    );
  });

  test("two with one changelog, whose rows would mix", () => {
    expectRefused(
      secondWith((two) => two.store(store("other", ["second"]))),
      '"second-store"',
      '"other"',
      '"changelog"',
    );
  });
});

describe("co-partitioning of a sub-topology with a store:", () => {
  const uneven = (changed: string) => TOPICS.map((spec) => (spec.name === changed ? topic(changed, 5) : spec));

  test.each([
    ["what it reads", "middle", "second-source"],
    ["what it writes", "output", "second-sink"],
    ["its changelog", "changelog", "second-store"],
  ])("%s has another count; the error names both places and both counts", (_what, changed, user) => {
    const other = changed === "middle" ? "output" : "middle";
    expectRefused(sample(uneven(changed)), `"${user}"`, `"${changed}" has 5`, `"${other}" has 4`);
  });

  test("two topics that it joins have different counts", () => {
    const builder = secondWith(
      (two) =>
        two
          .source({ name: "side-source", topic: "side", value: "bytes" })
          .processor(processor("side", ["side-source"])),
      [...TOPICS, topic("side", 3)],
    );
    expectRefused(builder, '"side-source"', '"side" has 3', '"second-source"', '"middle" has 4');
  });

  test("dead letters and what other sub-topologies read may have other counts", () => {
    const topics = TOPICS.map((spec) => (["input", "refused"].includes(spec.name) ? topic(spec.name, 9) : spec));
    expect(sample(topics).build().topics).toEqual(topics);
  });
});

describe("cycles:", () => {
  test("of nodes, which the error lists", () => {
    const builder = firstWith((one) =>
      one
        .processor(processor("a", ["first", "c"]))
        .processor(processor("b", ["a"]))
        .processor(processor("c", ["b"])),
    );
    expectRefused(builder, "a -> b -> c -> a");
  });

  test("but two ways to one node are none", () => {
    const builder = firstWith((one) =>
      one
        .processor(processor("a", ["first"]))
        .processor(processor("b", ["first"]))
        .processor(processor("c", ["a", "b"])),
    );
    expect(builder.build().subTopologies).toHaveLength(1);
  });

  test("of topics through one sub-topology", () => {
    const builder = firstWith((one) =>
      one.source({ name: "back", topic: "middle", value: "bytes" }).processor(processor("extra", ["back"])),
    );
    expectRefused(builder, '"back"', '"middle"');
  });

  test("of topics through two sub-topologies", () => {
    const builder = secondWith((two) =>
      two.sink({ name: "back-sink", parents: ["second"], topic: "input", value: "bytes" }),
    );
    expectRefused(builder, '"first-source"', '"input"', '"second-source"', '"middle"');
  });

  test("of topics through dead letters", () => {
    const builder = firstWith((one) =>
      one.source({ name: "again", topic: "refused", value: "bytes" }).processor(processor("extra", ["again"])),
    );
    expectRefused(builder, '"again"', '"refused"');
  });
});
