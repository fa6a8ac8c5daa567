/**
 * The dashboard is what its source says, and fits on a screen. `UPDATE_DASHBOARD=1 npx vitest run test/ops/dashboard.test.ts`
 * brings the JSON up to date.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { dashboard } from "../../ops/grafana/dashboard.js";
import { DASHBOARD_FILE, panelsOf, provisioning, readDashboard, substituted } from "./grafana.js";
import { recordingRules } from "./monitoring.js";
import { FOLDER } from "./promtool.js";
import { metricNames } from "./queries.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** As the formatter would have it. */
function update(): void {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["node_modules/@biomejs/biome/bin/biome", "format", `--stdin-file-path=${DASHBOARD_FILE}`],
    { cwd: ROOT, input: JSON.stringify(dashboard(), null, 2), encoding: "utf8" },
  );
  if (status !== 0) throw new Error(stderr);
  writeFileSync(DASHBOARD_FILE, stdout);
}

beforeAll(() => {
  if (process.env.UPDATE_DASHBOARD === "1") update();
});

describe("the dashboard", () => {
  it("is what its source says", () => {
    expect(JSON.parse(readFileSync(DASHBOARD_FILE, "utf8"))).toEqual(JSON.parse(JSON.stringify(dashboard())));
  });

  it("answers in its first row whether a stale write is dropped, from where, and how long we are behind", () => {
    const { panels } = readDashboard();
    const second = panels.findIndex(({ type }, index) => type === "row" && index > 0);
    expect(panels[0]).toMatchObject({ type: "row", gridPos: { y: 0 } });
    const first = panels.slice(1, second);
    expect(first.map(({ title }) => title)).toEqual([
      "Is a stale write being dropped right now?",
      "From which source, and why",
      "How long are we behind?",
      "How many records wait?",
    ]);
    expect(new Set(first.map(({ gridPos }) => gridPos.y))).toEqual(new Set([1]));
  });

  it("takes its data from the source that is chosen, everywhere", () => {
    const { templating, annotations, ...all } = readDashboard();
    expect(templating.list[0]).toMatchObject({ name: "datasource", type: "datasource", query: "prometheus" });
    const panels = panelsOf({ templating, annotations, ...all });
    const used = [...panels, ...panels.flatMap(({ targets }) => targets), ...annotations.list];
    for (const { datasource } of used) expect(datasource).toEqual({ type: "prometheus", uid: "$datasource" });
  });

  it("says of every panel what it means, and gives each a title and an id of its own", () => {
    const panels = panelsOf(readDashboard());
    for (const { title, description } of panels) expect(description, title).toMatch(/^[A-Z0-9].{10,}\.$/s);
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
    const { panels: all } = readDashboard();
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  });

  it("has its panels beside and below each other, within the width of the grid", () => {
    const taken = new Map<string, string>();
    for (const { title, gridPos } of readDashboard().panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken.get(`${x},${y}`), title).toBeUndefined();
          taken.set(`${x},${y}`, title);
        }
      }
    }
  });

  it("names only variables that it has, and recorded names that are recorded", () => {
    const recorded = recordingRules().map(({ record }) => record);
    for (const { targets } of panelsOf(readDashboard())) {
      for (const { expr } of targets) {
        const names = metricNames(substituted(expr)).filter((name) => name.includes(":"));
        expect(recorded, expr).toEqual(expect.arrayContaining(names));
      }
    }
  });
});

describe("what Grafana reads at its start", () => {
  it("scrapes as often as Prometheus does", () => {
    const [source] = provisioning.datasources().datasources;
    const { global } = parse(readFileSync(`${FOLDER}prometheus.yml`, "utf8"));
    expect(source).toMatchObject({ type: "prometheus", jsonData: { timeInterval: global.scrape_interval } });
  });

  it("names the folder of the dashboards", () => {
    expect(provisioning.dashboards().providers).toHaveLength(1);
    expect(provisioning.dashboards().providers[0]?.options.path).toMatch(/\/dashboards$/);
  });
});

describe("the names in an expression", () => {
  it.each([
    [`sum without (instance) (rate(a_total{b="c", d=~"e|f"}[5m])) > bool 0`, ["a_total"]],
    ["x:y:rate5m / ignoring (reason) group_left () (x:z:rate1h > 0)", ["x:y:rate5m", "x:z:rate1h"]],
    ["histogram_quantile(0.99, sum by (le) (rate(h_bucket[1m]))) >= 0", ["h_bucket"]],
    ["avg_over_time(a:b:c[1d] offset 1h) or 0 * up", ["a:b:c", "up"]],
    [`topk(10, lag{job=~".*"} > 1e3) and absent(up{job="a}b"})`, ["lag", "up"]],
    ["sum(a) by (job) unless on(job) b", ["a", "b"]],
  ])("of %s", (expr, names) => {
    expect(metricNames(expr)).toEqual(names);
  });
});
