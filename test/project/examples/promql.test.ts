/** The queries of the run book are read by Prometheus' own tool. test/ops/runbook.test.ts holds them to metrics that there are. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { NO_PROMTOOL, promtool } from "../../ops/promtool.js";
import { describeWith } from "../../support/describe-with.js";
import { examples } from "./documents.js";

describeWith("the queries of the documents", NO_PROMTOOL, () => {
  it("are understood by Prometheus", () => {
    const blocks = examples().filter(({ language }) => language === "promql");
    expect(new Set(blocks.map(({ file }) => file))).toEqual(new Set(["docs/runbook.md"]));
    const queries = blocks.flatMap(({ text }) => text.trimEnd().split("\n"));
    expect(queries.length).toBeGreaterThan(20);
    const folder = mkdtempSync(join(tmpdir(), "queries-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const rules = queries.map((expr, index) => ({ record: `query:${index}`, expr }));
    writeFileSync(join(folder, "rules.json"), JSON.stringify({ groups: [{ name: "queries", rules }] }));
    expect(promtool(folder, "check", "rules", "rules.json")).toMatchObject({ status: 0 });
  });
});
