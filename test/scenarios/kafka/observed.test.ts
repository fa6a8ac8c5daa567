/** What the running service on Kafka says of itself over HTTP: readiness, rows, and the metrics of its tasks. */
import { expect, it } from "vitest";
import { describeWithKafka, until } from "../../support/kafka/index.js";
import { metricsPage } from "../../support/metrics-page.js";
import { INCIDENT, INCIDENT_KEY, INCIDENT_TENANT } from "../../support/program.js";
import { startService } from "../../support/service.js";
import { newApplication } from "./support/application.js";

const PARTITIONS = 2;
const WITHIN_MS = 15_000;

type Samples = ReadonlyMap<string, number>;

/** By name and labels, without the prefix. */
async function scrape(metrics: string): Promise<Samples> {
  const text = await metricsPage(metrics);
  const lines = text.split("\n").filter((line) => line.startsWith("queue_ratchet_"));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(" ");
      return [line.slice("queue_ratchet_".length, at), Number(line.slice(at + 1))];
    }),
  );
}

/** The values of a metric by its labels. */
function of(samples: Samples, name: string): Record<string, number> {
  const own = [...samples].filter(([key]) => key === name || key.startsWith(`${name}{`));
  return Object.fromEntries(own.map(([key, value]) => [key.slice(name.length), value]));
}

const status = async (url: string) => (await fetch(url)).status;

describeWithKafka("the running service on Kafka", { kafka: "shared", registry: true }, (servers) => {
  it("tells of its tasks, their lag, what they restored and each rebalance, and answers for its rows", async () => {
    const application = newApplication(servers, PARTITIONS);
    const settings = ["--tenant", INCIDENT_TENANT, "--session-timeout-ms", "2000"];
    const flags = [...application.flags(await application.folder()), ...settings];
    const first = startService([...flags, "--input", INCIDENT]);
    const { http, metrics } = await first.ready();
    await first.said("input processed");
    expect([await status(`${http}/healthz`), await status(`${http}/readyz`)]).toEqual([200, 200]);
    expect(await (await fetch(`${http}/api/assignments/${INCIDENT_KEY}`)).json()).toMatchObject({ sequence: 4 });
    expect(await (await fetch(`${http}/api/assignments/${INCIDENT_KEY}/timeline`)).json()).toMatchObject({
      decisions: expect.arrayContaining([expect.objectContaining({ reason: "STALE_REVERSE_SYNC" })]),
    });
    expect(await status(`${http}/api/assignments/kustomer:t:nobody`)).toBe(404);

    const samples = await scrape(metrics);
    const running = Object.entries(of(samples, "task_state")).filter(([, value]) => value === 1);
    expect(running.map(([labels]) => labels).toSorted()).toEqual(
      ["normalise-0", "normalise-1", "ratchet-0", "ratchet-1"].map((task) => `{task="${task}",state="running"}`),
    );
    const lags = of(samples, "consumer_lag_records");
    expect(Object.keys(lags)).toHaveLength(3 * PARTITIONS);
    expect(new Set(Object.values(lags))).toEqual(new Set([0]));
    expect(of(samples, "restore_remaining_records")).toEqual({ '{task="ratchet-0"}': 0, '{task="ratchet-1"}': 0 });
    expect(of(samples, "restore_duration_seconds_count")).toEqual({ "": PARTITIONS });
    expect(of(samples, "rebalances_total")).toEqual({ "": 2 });
    expect(of(samples, "commits_total")['{result="failed"}']).toBe(0);
    const sum = (name: string) => Object.values(of(samples, name)).reduce((total, value) => total + value, 0);
    expect([sum("decisions_total"), sum("assignments_emitted_total"), sum("diverged_conversations")]).toEqual([
      13, 4, 1,
    ]);
    expect(sum("store_entries")).toBe(1);

    // Another instance takes its share: what this one has is told by this one alone.
    const second = startService([...application.flags(await application.folder()), ...settings]);
    const other = await second.ready();
    const tasksOf = async (address: string) =>
      Object.entries(of(await scrape(address), "task_state"))
        .filter(([labels, value]) => value === 1 && labels.includes("running"))
        .map(([labels]) => labels);
    const shared = await until(async () => {
      const [here, there] = [await tasksOf(metrics), await tasksOf(other.metrics)];
      return here.length === PARTITIONS && there.length === PARTITIONS && new Set([...here, ...there]).size === 4;
    }, WITHIN_MS);
    expect(shared).toBe(true);
    expect(Object.values(of(await scrape(metrics), "rebalances_total"))[0]).toBeGreaterThanOrEqual(3);
    const answers = await Promise.all(
      [http, other.http].map((one) => status(`${one}/api/assignments/${INCIDENT_KEY}`)),
    );
    expect(answers.toSorted()[0]).toBe(200);
    expect(answers.toSorted()[1]).toBeGreaterThanOrEqual(400);

    for (const service of [first, second]) {
      service.kill("SIGTERM");
      expect(await service.ended, service.lines.slice(-5).join("\n")).toEqual({ code: 0, signal: null });
    }
  });
});
