/** Whoever is woken by an alert finds its section in docs/runbook.md, and everything that it names is there. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { SETTING_NAMES, SETTINGS, type SettingSpec } from "../../cli/settings/index.js";
import { classesOf, REFUSAL_CODES } from "../../processors/index.js";
import { EngineMetrics } from "../../runtime/metrics/index.js";
import { REASONS } from "../../schemas/types.js";
import { productTopology } from "../../topology/index.js";
import { ANY_SETTINGS } from "./checks/metrics.js";
import { alerts, recordingRules } from "./monitoring.js";
import { metricNames } from "./queries.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const RUNBOOK = readFileSync(`${ROOT}docs/runbook.md`, "utf8");

/** The rooms whose messages an operator sees. */
const SPEAKERS = ["cli", "console", "ingress", "runtime"];

function filesOf(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith(".ts")).map((name) => join(folder, name));
}

/** As GitHub makes them of headings. */
function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, "")
    .replaceAll(" ", "-");
}

const sections = new Map(
  RUNBOOK.split(/^## /m)
    .slice(1)
    .map((section) => {
      const [heading = "", ...body] = section.split("\n");
      return [anchor(heading), { heading, text: body.join("\n") }] as const;
    }),
);

describe("the section of", () => {
  it.each(alerts().map((alert) => [alert.alert, alert] as const))("%s is where its link leads", (name, alert) => {
    const link = new URL(alert.annotations.runbook_url);
    expect(link.pathname).toMatch(/\/docs\/runbook\.md$/);
    const section = sections.get(link.hash.slice(1));
    expect(section?.heading).toBe(name);
    for (const part of ["**What it means.**", "**Look at**", "**Do**"]) expect(section?.text, name).toContain(part);
    expect(section?.text).toContain(alert.labels.severity);
  });
});

describe("the run book", () => {
  it("has no section of an alert that there is not", () => {
    const names = alerts().map(({ alert }) => alert);
    const headings = [...sections.values()]
      .map(({ heading }) => heading)
      .filter((one) => one.startsWith("QueueRatchet"));
    expect(headings.sort()).toEqual(names.sort());
  });

  it("names only settings that there are", () => {
    const flags = SETTING_NAMES.map((name): string => {
      const { flag }: SettingSpec<unknown> = SETTINGS[name];
      return `--${flag}`;
    });
    const named = [...RUNBOOK.matchAll(/`(--[a-z-]+)/g)].map(([, flag = ""]) => flag);
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((flag) => !flags.includes(flag))).toEqual([]);
  });

  it("says something of every reason that drops an event, and of every code of dead letters", () => {
    const dropping = REASONS.filter((reason) => classesOf(reason).includes("stale"));
    const named = [...dropping, ...REFUSAL_CODES].filter((word) => RUNBOOK.includes(`\`${word}\``));
    expect(named).toEqual([...dropping, ...REFUSAL_CODES]);
  });

  it("quotes only what the service says", () => {
    const source = SPEAKERS.flatMap((room) => filesOf(`${ROOT}${room}`))
      .map((file) => readFileSync(file, "utf8"))
      .join("\n");
    // What is quoted over two lines is one sentence, and an ellipsis stands for what differs from time to time.
    const quotes = [...RUNBOOK.replace(/```[\s\S]*?```/g, "").matchAll(/`([^`]+)`/g)].map(([, text = ""]) =>
      text.replace(/\s+/g, " "),
    );
    const sentences = quotes.filter((text) => /^[a-z… ]+ [a-z… ]+ [a-z…]+/.test(text));
    expect(sentences.length).toBeGreaterThan(10);
    const parts = sentences.flatMap((text) => text.split("…"));
    expect(parts.filter((part) => !source.includes(part.trim()))).toEqual([]);
  });

  it("asks only for metrics that there are", () => {
    const { registry } = new EngineMetrics({ topology: productTopology(ANY_SETTINGS) });
    const known = new Set([
      ...registry.getMetricsAsArray().map(({ name }) => name),
      ...recordingRules().map(({ record }) => record),
      ...WEBHOOK_METRICS,
      "up",
    ]);
    const queries = [...RUNBOOK.matchAll(/```promql\n([\s\S]*?)```/g)].flatMap(([, block = ""]) =>
      block.trim().split("\n"),
    );
    expect(queries.length).toBeGreaterThan(10);
    for (const query of queries) {
      const unknown = metricNames(query).filter((name) => !known.has(name.replace(/_bucket$/, "")));
      expect(unknown, query).toEqual([]);
    }
  });
});

/** They come with the listener. */
const WEBHOOK_METRICS = [
  "queue_ratchet_webhook_requests_total",
  "queue_ratchet_webhook_duration_seconds",
  "queue_ratchet_webhook_queue_bytes",
  "queue_ratchet_webhook_queue_limit_bytes",
];
