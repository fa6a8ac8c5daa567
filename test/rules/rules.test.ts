/** Each rule of reading and writing Kafka that is about correctness has tests named after it, and is undone by what stands there. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ENGINE_RULES } from "./engine-rules.js";
import { RULES as WIRE_RULES } from "./rules.js";
import { testsByRule } from "./titles.js";
import { testsWithout } from "./undo.js";

const RULES = [...WIRE_RULES, ...ENGINE_RULES];

const tests = testsByRule(process.cwd());

describe("the rules", () => {
  it.each(RULES.filter(({ about }) => about === "correctness"))("$id has a test named after it", ({ id }) => {
    expect(tests.get(id)?.length ?? 0).toBeGreaterThan(0);
  });

  it.each(RULES.flatMap(({ id, undone }) => undone.map((undo) => [id, undo.file, undo] as const)))(
    "%s can be undone in %s",
    (_, __, { file, find, replace }) => {
      expect(readFileSync(file, "utf8").split(find)).toHaveLength(2);
      expect(replace).not.toBe(find);
    },
  );

  it("has no test that is named after a rule that does not exist", () => {
    const known = new Set<string>(RULES.map(({ id }) => id));
    expect([...tests.keys()].filter((id) => !known.has(id))).toEqual([]);
  });
});

// Every one of them with brokers takes minutes: the long suite does it, here one that needs none.
const UNDONE = process.env.LONG === "1" ? RULES : RULES.filter(({ id }) => id === "K4");

describe("a rule that is undone", () => {
  it.each(UNDONE.flatMap((rule) => rule.undone.map((undo) => [rule.id, undo.file, rule, undo] as const)))(
    "%s, in %s, makes a test named after it fail",
    async (id, _, rule, undo) => {
      const files = [...new Set((tests.get(id) ?? []).map(({ file }) => file))];
      const { failed } = await testsWithout(process.cwd(), rule, undo, files);
      expect(failed.length).toBeGreaterThan(0);
    },
  );
});
