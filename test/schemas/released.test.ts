/** No released contract may change so that values written with it can no longer be read. */
import { describe, expect, test } from "vitest";
import { CONTRACT_NAMES, contractFile } from "../../schemas/index.js";
import { currentSchemas, incompatibilities, releasedVersions, type Schemas } from "./released.js";

const released = releasedVersions();
const current = currentSchemas();

test("at least one version has been released", () => {
  expect(released.size).toBeGreaterThan(0);
});

test("every contract's file is a schema of the working tree, and there are no others", () => {
  expect([...current.keys()].sort()).toEqual(CONTRACT_NAMES.map(contractFile).sort());
});

test("the current contracts read everything that released versions wrote", () => {
  expect(incompatibilities(current, released)).toEqual([]);
});

describe("the check finds", () => {
  /** The current schemas with one text replaced in one file. */
  function planted(file: string, from: RegExp, to: string): Schemas {
    const schema = JSON.stringify(JSON.parse(current.get(file) ?? ""));
    const changed = schema.replace(from, to);
    expect(changed, "the change that this test plants").not.toBe(schema);
    return new Map([...current, [file, changed]]);
  }

  const FIELD = '{"name":"channel","type":"string","doc":"The channel."},';
  const DEFAULTED = '{"name":"channel","type":"string","default":"","doc":"The channel."},';

  test.each([
    ["a symbol that an enum lost", "queue-assignment.avsc", /"SNOOZED",/, ""],
    ["a symbol that a nested enum lost", "conversation-event.avsc", /,"USER"/, ""],
    ["a field added without a default", "work-item-event.avsc", /(?<="fields":\[)/, FIELD],
    ["a nested field added without a default", "assignment-row.avsc", /(?<="name":"Version".*?"fields":\[)/, FIELD],
    ["a type that changed", "positions.avsc", /("name":"checkpoint","type":)"long"/, '$1"string"'],
    ["a type that became narrower", "queue-assignment.avsc", /("name":"sequence","type":)"long"/, '$1"int"'],
    ["null that is no longer allowed", "conversation-event.avsc", /\["null","string"\],"default":null/, '"string"'],
    ["a field renamed without a default", "assignment-decision.avsc", /"name":"reason"/, '"name":"because"'],
    ["a record renamed", "queue-assignment.avsc", /"name":"QueueAssignment"/, '"name":"Assignment"'],
  ])("%s", (_what, file, from, to) => {
    const problems = incompatibilities(planted(file, from, to), released);
    expect(problems).toContainEqual(expect.stringContaining(file));
  });

  test("a contract that has disappeared", () => {
    const rest = new Map([...current].filter(([file]) => file !== "positions.avsc"));
    expect(incompatibilities(rest, released)).toContain("positions.avsc of 0.1.0: has disappeared");
  });

  test("an incompatibility with any version, not only with the last", () => {
    const older = new Map([
      ["positions.avsc", '{"type":"record","name":"Positions","namespace":"queueratchet","fields":[]}'],
    ]);
    const versions = new Map([["0.0.1", older], ...released]);
    expect(incompatibilities(current, versions)).toEqual([expect.stringContaining("positions.avsc of 0.0.1")]);
  });

  test.each([
    ["a field added with a default", "work-item-event.avsc", /(?<="fields":\[)/, DEFAULTED],
    ["a symbol that an enum gained", "conversation-event.avsc", /"CLOSED",/, '"CLOSED","ARCHIVED",'],
    ["a field that is no longer there", "work-item-event.avsc", /\{"name":"completed".*?\},/, ""],
    ["another doc", "positions.avsc", /"doc":"The partition."/, '"doc":"Which partition."'],
  ])("nothing wrong with %s", (_what, file, from, to) => {
    expect(incompatibilities(planted(file, from, to), released)).toEqual([]);
  });
});
