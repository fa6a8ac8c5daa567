/**
 * The service and a real Prometheus with the project's rules: the incident's stale drop is read back through Prometheus, and
 * what the dashboard, the rules and the alerts ask for is there.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeWith } from "../support/describe-with.js";
import { until } from "../support/kafka/processes/until.js";
import { INCIDENT, INCIDENT_TENANT } from "../support/program.js";
import { RunningService } from "../support/service.js";
import { type DashboardQuery, dashboardQueries, panelsOf, readDashboard, variableQueries } from "./grafana.js";
import { found } from "./live/found.js";
import { NO_PROMETHEUS, PrometheusServer } from "./live/prometheus-server.js";
import { alerts, recordingRules } from "./monitoring.js";
import { metricNames } from "./queries.js";

const RECORDED = "source_reason:queue_ratchet_stale_drops:rate5m";
const STALE = `{source="kustomer", reason="STALE_REVERSE_SYNC"}`;

/** What has no series in such a run: the embedded engine restores nothing, and there is no hour before this one. */
const NOTHING_YET = ["queue_ratchet_restore_remaining_records", "ratio_rate1h_avg1d"];

describeWith("a real Prometheus, when the incident comes in", NO_PROMETHEUS, () => {
  let root: string;
  let service: RunningService;
  let prometheus: PrometheusServer;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "live-prometheus-"));
    const given = ["--tenant", INCIDENT_TENANT, "--insecure-loopback", "--data-dir", join(root, "data")];
    service = new RunningService(["start", "--port", "0", "--metrics-port", "0", ...given], {});
    const { http, metrics } = await service.ready();
    prometheus = await PrometheusServer.start(new URL(metrics).host);
    await found("the series of stale drops has begun at 0", async () => {
      const [drops] = await prometheus.query(`queue_ratchet_stale_drops_total${STALE}`);
      return drops?.value === 0 ? true : null;
    });
    const lines = (await readFile(INCIDENT, "utf8")).trim().split("\n");
    const ignored = JSON.stringify({ id: "e", name: "kustomer.message.create", org: INCIDENT_TENANT });
    for (const body of [...lines, ignored, "{"]) expect(await post(`${http}/webhooks/kustomer`, body)).toBe(202);
  });

  afterAll(async () => {
    await prometheus?.stop();
    service?.kill("SIGKILL");
    await service?.ended;
    await rm(root, { recursive: true });
  });

  it("says that a stale write of the source was dropped, and why", async () => {
    const rate = await found("the recorded rate is above 0", async () => {
      const [recorded] = await prometheus.query(`${RECORDED}${STALE}`);
      return recorded !== undefined && recorded.value > 0 ? recorded : null;
    });
    expect(rate.labels).toMatchObject({ job: "queue-ratchet", source: "kustomer", reason: "STALE_REVERSE_SYNC" });
    const others = await prometheus.query(`${RECORDED} > 0`);
    expect(others).toHaveLength(1);
    const [first] = dashboardQueries();
    expect(await prometheus.query(first?.expr ?? "")).toMatchObject([{ value: 1 }]);
  });

  it("counts the stale drop once", async () => {
    expect(await prometheus.query(`queue_ratchet_stale_drops_total > 0`)).toMatchObject([{ value: 1 }]);
  });

  it("sees that a conversation is diverged, for which the alert then waits a minute", async () => {
    const alert = await found("the alert is active", async () => {
      const rules = await prometheus.rules();
      return (
        rules.find((rule) => rule.name === "QueueRatchetConversationsDiverged" && rule.state !== "inactive") ?? null
      );
    });
    expect(["pending", "firing"]).toContain(alert.state);
  });

  it("evaluates every rule and alert without an error", async () => {
    const expected = [...recordingRules().map(({ record }) => record), ...alerts().map(({ alert }) => alert)];
    const rules = await prometheus.rules();
    expect(rules.map(({ name }) => name).sort()).toEqual(expected.sort());
    // The group of the usual is evaluated once in a minute.
    expect(rules.filter(({ health }) => health !== "ok" && health !== "unknown")).toEqual([]);
  });

  it("knows every metric that rules, alerts and the dashboard name", async () => {
    expect(await unknownIn(prometheus, asked())).toEqual([]);
  });

  it("would notice a metric that does not exist", async () => {
    const planted = {
      where: "planted",
      expr: "sum(rate(queue_ratchet_drops_total[5m])) / source:queue_ratchet_drops:rate5m",
    };
    expect(await unknownIn(prometheus, [planted])).toEqual([
      "queue_ratchet_drops_total: planted",
      "source:queue_ratchet_drops:rate5m: planted",
    ]);
  });

  it("answers every query of the dashboard, with series where there can be any", async () => {
    expect(variableQueries()).toHaveLength(2);
    let silent: readonly string[] = [];
    // A rate needs two scrapes.
    await until(async () => {
      silent = await silentIn(prometheus);
      return silent.length === 0;
    }, 10_000);
    expect(silent).toEqual([]);
  });

  it("has no metric of the service that the dashboard does not show", async () => {
    const shown = panelsOf(readDashboard()).flatMap(({ targets }) => targets.flatMap(({ expr }) => metricNames(expr)));
    const sources = recordingRules()
      .filter(({ record }) => shown.includes(record))
      .flatMap(({ expr }) => metricNames(expr));
    const all = new Set([...shown, ...sources].map((name) => name.replace(/_bucket$/, "")));
    const own = [...(await prometheus.types()).keys()].filter((name) => name.startsWith("queue_ratchet_"));
    expect(own.length).toBeGreaterThan(20);
    expect(own.filter((name) => !all.has(name))).toEqual([]);
  });
});

/** Every expression, and where it stands. */
function asked(): readonly DashboardQuery[] {
  return [
    ...recordingRules().map(({ record, expr }) => ({ where: record, expr })),
    ...alerts().map(({ alert, expr }) => ({ where: alert, expr })),
    ...dashboardQueries(),
    ...variableQueries(),
    ...readDashboard().annotations.list.map(({ expr }) => ({ where: "annotation", expr })),
  ];
}

/** The names that no series has, no target tells of and no rule records, with where they stand. */
async function unknownIn(prometheus: PrometheusServer, expressions: readonly DashboardQuery[]): Promise<string[]> {
  const [names, types] = [await prometheus.names(), await prometheus.types()];
  const recorded = new Set(recordingRules().map(({ record }) => record));
  const told = (name: string) => types.has(name) || types.get(name.replace(/_bucket$/, "")) === "histogram";
  return expressions.flatMap(({ where, expr }) =>
    metricNames(expr)
      .filter((name) => !names.has(name) && !told(name) && !recorded.has(name))
      .map((name) => `${name}: ${where}`),
  );
}

/** The queries of the dashboard without an answer. */
async function silentIn(prometheus: PrometheusServer): Promise<string[]> {
  const silent: string[] = [];
  for (const { where, expr } of [...dashboardQueries(), ...variableQueries()]) {
    // Panels leave out what is 0; here it counts that the series is there.
    const samples = await prometheus.query(expr.replace(/ > 0(\)?)$/, "$1"));
    if (samples.length === 0 && !NOTHING_YET.some((name) => expr.includes(name))) silent.push(where);
  }
  return silent;
}

async function post(url: string, body: string): Promise<number> {
  const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
  await response.text();
  return response.status;
}
