/** Prometheus' own tool accepts the configuration, and the rules compute what their unit tests say. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { describeWith } from "../support/describe-with.js";
import { onPath } from "../support/on-path.js";

const FOLDER = fileURLToPath(new URL("../../ops/prometheus/", import.meta.url));
const MISSING = onPath("promtool") ? [] : ["there is no promtool: apt-get install --no-install-recommends prometheus"];

function promtool(folder: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync("promtool", args, { cwd: folder, encoding: "utf8", timeout: 60_000 });
  return { status, said: stdout + stderr };
}

/** A copy in which the rules are changed. */
function copyWith(find: string, replace: string): string {
  const folder = mkdtempSync(join(tmpdir(), "rules-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  cpSync(FOLDER, folder, { recursive: true });
  const file = join(folder, "rules.yml");
  const parts = readFileSync(file, "utf8").split(find);
  expect(parts).toHaveLength(2);
  writeFileSync(file, parts.join(replace));
  return folder;
}

describeWith("promtool", MISSING, () => {
  it("accepts the configuration and the rules", () => {
    expect(promtool(FOLDER, "check", "config", "prometheus.yml")).toMatchObject({ status: 0 });
  });

  it("finds that the rules compute what their tests say", () => {
    expect(promtool(FOLDER, "test", "rules", "rules.test.yml")).toMatchObject({ status: 0 });
  });

  it.each([
    [
      "instances are not summed",
      "sum without (instance) (rate(queue_ratchet_stale_drops_total[5m]))",
      "rate(queue_ratchet_stale_drops_total[5m])",
    ],
    ["reasons are not summed", "sum without (reason) (source_reason:", "(source_reason:"],
    ["classes are not summed", "(instance, class, reason)", "(instance, reason)"],
    [
      "a counter that starts again counts backwards",
      "(rate(queue_ratchet_stale_drops_total",
      "(deriv(queue_ratchet_stale_drops_total",
    ],
    ["a source without drops has no share", "    or\n            0 * source:queue_ratchet_decisions:rate5m\n", ""],
    ["no decisions give NaN", "(source:queue_ratchet_decisions:rate5m > 0)", "source:queue_ratchet_decisions:rate5m"],
  ])("notices when %s", (_, find, replace) => {
    expect(promtool(copyWith(find, replace), "test", "rules", "rules.test.yml")).toMatchObject({ status: 1 });
  });
});
