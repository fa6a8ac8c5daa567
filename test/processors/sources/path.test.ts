/** Paths into documents: how they are written, and what stands at them. */
import { describe, expect, it } from "vitest";
import { formatPath, joinPath, valueAt } from "../../../processors/sources/path.js";

describe("a path", () => {
  it.each([
    [[], ""],
    [["data"], "data"],
    [["data", "attributes", "rev"], "data.attributes.rev"],
    [["routingReasons", 0, "meta"], "routingReasons[0].meta"],
    [[0, 1, "a"], "[0][1].a"],
  ])("of %j is written %s", (steps, path) => {
    expect(formatPath(steps)).toBe(path);
  });

  it.each([
    ["", "", ""],
    ["a", "", "a"],
    ["", "b", "b"],
    ["a", "b.c", "a.b.c"],
    ["a", "[0].b", "a[0].b"],
  ])("of %j and %j is %j", (parent, child, path) => {
    expect(joinPath(parent, child)).toBe(path);
  });

  it.each([
    [[], { a: [{ b: 1 }] }],
    [["a", 0, "b"], 1],
    [["a", 1], undefined],
    [["a", 0, "b", "c"], undefined],
    [["n"], undefined],
    [["toString"], undefined],
  ])("%j leads to %j", (steps, value) => {
    expect(valueAt({ a: [{ b: 1 }] }, steps)).toEqual(value);
  });

  it("leads nowhere from null", () => {
    expect(valueAt({ a: null }, ["a", "b"])).toBeUndefined();
    expect(valueAt("text", ["length"])).toBeUndefined();
  });
});
