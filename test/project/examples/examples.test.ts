/** Every example of README.md and docs/ is claimed, and those that need no server do what the documents say. */
import { describe, expect, it } from "vitest";
import { describeWith } from "../../support/describe-with.js";
import { onPath } from "../../support/on-path.js";
import { README_BLOCKS } from "../readme-blocks.js";
import { blocksOf } from "./blocks.js";
import { type Claims, unclaimed } from "./claims.js";
import { commandsOf, fits } from "./console.js";
import { examples } from "./documents.js";
import { KAFKA_SESSIONS, SECURED_SESSION } from "./kafka-sessions.js";
import { LOCAL_SESSIONS } from "./local-sessions.js";
import { NOT_RUN } from "./not-run.js";
import { runSession } from "./session.js";

const CLAIMS: Claims = {
  sessions: [...Object.keys(LOCAL_SESSIONS), ...Object.keys(KAFKA_SESSIONS), SECURED_SESSION],
  generated: Object.keys(README_BLOCKS).filter((name) => name !== "settings"),
  notRun: NOT_RUN,
  languages: ["promql"],
};

describe("the examples of README.md and docs/", () => {
  it("are all claimed", () => {
    expect(examples().length).toBeGreaterThan(20);
    expect(unclaimed(examples(), CLAIMS)).toEqual([]);
  });
});

describe("an example that nobody runs", () => {
  const claims: Claims = { sessions: ["one"], generated: ["made"], notRun: { compose: "why" }, languages: ["promql"] };
  const claimed = ["example: one", "generated: made", "not run: compose"].map((mark) => block(mark)).join("\n");
  const problems = (text: string) => unclaimed(blocksOf("docs/a.md", `${claimed}\n${text}`), claims);

  function block(mark: string | null, language = "sh"): string {
    return `${mark === null ? "" : `<!-- ${mark} -->\n`}\`\`\`${language}\ntrue\n\`\`\``;
  }

  it("is found, with its place", () => {
    expect(problems("")).toEqual([]);
    expect(problems(block(null))).toEqual([expect.stringMatching(/^docs\/a\.md:13: no test claims this block \(sh\)/)]);
    expect(problems(block(null, ""))).toEqual([expect.stringContaining("no language")]);
    expect(problems(block(null, "promql"))).toEqual([]);
  });

  it("is found behind a mark that nobody knows", () => {
    expect(problems(block("example: two"))).toEqual(['docs/a.md:14: there is no session "two"']);
    expect(problems(block("generated: other"))).toEqual(['docs/a.md:14: no test makes a block "other"']);
    expect(problems(block("not run: because"))).toEqual([
      'docs/a.md:14: there is no reason for "because" not to be run',
    ]);
    expect(problems(block("exmaple: one"))).toHaveLength(1);
  });

  it("is found when it would be put nowhere", () => {
    expect(problems(block("example: one", "ts"))).toEqual([expect.stringContaining("needs a file's name")]);
    expect(problems(block("example: one app.ts", "ts"))).toEqual([]);
    expect(problems(block("example: one app.sh"))).toEqual([expect.stringContaining("has no name")]);
  });

  it("is missed where a claim has no block", () => {
    expect(unclaimed([], claims)).toEqual([
      'no block is marked "example: one"',
      'no block is marked "generated: made"',
      'no block is marked "not run: compose"',
    ]);
  });

  it("is not hidden by a fence that is never closed", () => {
    expect(() => blocksOf("docs/a.md", "text\n```sh\ntrue\n")).toThrow("docs/a.md:2: the fence is never closed");
  });
});

describe("what a console block shows", () => {
  const [block] = blocksOf(
    "docs/a.md",
    "- in a list:\n\n  ```console\n  $ one\n  > two\n  out\n\n  more\n  $ three\n  ```\n",
  );
  if (block === undefined) throw new Error("no block");

  it("is commands and what each prints", () => {
    expect(commandsOf(block)).toEqual([
      { command: "one\ntwo", output: "out\n\nmore\n", place: "docs/a.md:4" },
      { command: "three", output: "", place: "docs/a.md:9" },
    ]);
    expect(() => commandsOf({ ...block, text: "out\n" })).toThrow("docs/a.md:3");
  });

  it.each([
    ["a\nb\n", "a\nb\n", true],
    ["a  \nb", "a\nb\n", true],
    ["a\nb\n", "a\n", false],
    ["a\nb\nc\nd\n", "a\n…\nd\n", true],
    ["a\nd\n", "a\n…\nd\n", true],
    ["a\nb\n", "a\n…\nd\n", false],
    ["took 17 ms (a.b)\n", "took … ms (a.b)\n", true],
    ["took 17 s (axb)\n", "took … s (a.b)\n", false],
    ["", "", true],
    ["an error\n", "", false],
  ])("%j is %j: %j", (printed, shown, fitting) => {
    expect(fits(printed, shown)).toBe(fitting);
  });
});

for (const [name, { programs = [], surroundings }] of Object.entries(LOCAL_SESSIONS)) {
  const missing = programs
    .filter((program) => !onPath(program))
    .map((one) => `there is no ${one}: apt-get install ${one}`);
  describeWith(`the examples of the session ${name}`, missing, () => {
    it("do what the documents say", async () => runSession(name, await surroundings()));
  });
}
