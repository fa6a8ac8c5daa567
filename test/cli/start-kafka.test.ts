/** `queue-ratchet start --engine kafka`, as a user runs it against a real broker and a registry. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createTopic } from "../runtime/kafka/wire/support/wire.js";
import { describeWithKafka, uniqueTopic } from "../support/kafka/index.js";
import { metricsPage } from "../support/metrics-page.js";
import { patient } from "../support/patience.js";
import { INCIDENT, INCIDENT_KEY, INCIDENT_TENANT, run } from "../support/program.js";
import { type RunningService, startService } from "../support/service.js";

const Q2 = { type: "QUEUE", id: "5fa2a5a910e1be0019cda332" };
const PARTITIONS = 3;
const WITHIN_MS = 30_000;

describeWithKafka("the service on Kafka", { kafka: "shared", registry: true }, (servers) => {
  let root: string;
  let application: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "start-kafka-test-"));
    application = uniqueTopic("app");
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  function start(folder: string, ...args: readonly string[]): RunningService {
    const application_ = ["--application-id", application, "--topic-prefix", `${application}-`];
    const settings = [
      "--partitions",
      String(PARTITIONS),
      "--data-dir",
      join(root, folder),
      "--tenant",
      INCIDENT_TENANT,
    ];
    const connection = ["--brokers", servers.kafka.bootstrap, "--registry-url", servers.registry.url];
    return startService(["--engine", "kafka", ...connection, ...application_, ...settings, ...args]);
  }

  async function stop(service: RunningService): Promise<void> {
    service.kill("SIGTERM");
    expect(await service.ended, service.lines.join("\n")).toEqual({ code: 0, signal: null });
  }

  it("processes input, is ready, and answers for it", async () => {
    const service = start("a", "--input", INCIDENT);
    const { http, metrics } = await service.ready();
    expect(JSON.parse(await service.said('"msg":"ready"'))).toMatchObject({ engine: "kafka", folder: join(root, "a") });
    await service.said("input processed: 13 documents");
    expect(await json(`${http}/readyz`)).toMatchObject({
      status: 200,
      body: { status: "ready", engine: "running", tasks: { running: 2 * PARTITIONS, all: 2 * PARTITIONS } },
    });
    expect(await json(`${http}/healthz`)).toMatchObject({ status: 200 });
    const assignment = await untilFound(`${http}/api/assignments/${encodeURIComponent(INCIDENT_KEY)}`, 4);
    expect(assignment).toMatchObject({ key: INCIDENT_KEY, assignment: Q2, diverged: true });
    const { code, stdout } = await run(["explain", INCIDENT_KEY, "--url", http]);
    expect(code).toBe(0);
    expect(stdout).toContain("STALE_REVERSE_SYNC");
    const text = await metricsPage(metrics);
    expect(text).toContain('queue_ratchet_assignments_emitted_total{source="kustomer"} 4');
    expect(text).toMatch(/^queue_ratchet_rebalances_total [1-9]/m);
    await stop(service);
  });

  it("says of a conversation that another instance has it", async () => {
    const services = [start("a", "--input", INCIDENT), start("b")];
    const urls = await Promise.all(services.map(async (service) => (await service.ready()).http));
    const path = `/api/assignments/${encodeURIComponent(INCIDENT_KEY)}`;
    let statuses: number[] = [];
    for (const untilMs = Date.now() + WITHIN_MS; statuses.join() !== "200,503"; ) {
      expect(Date.now(), statuses.join()).toBeLessThan(untilMs);
      statuses = (await Promise.all(urls.map((url) => json(url + path)))).map(({ status }) => status).sort();
      await delay(100);
    }
    const answers = await Promise.all(urls.map((url) => run(["explain", INCIDENT_KEY, "--url", url])));
    const elsewhere = answers.filter(({ code }) => code !== 0);
    expect(elsewhere.map(({ code, stdout }) => [code, stdout])).toEqual([[1, ""]]);
    expect(elsewhere[0]?.stderr).toMatch(
      /does not have the conversation: partition \d is not processed by this instance/,
    );
    await Promise.all(services.map(stop));
  });

  it("ends when its input is processed, if that was all", async () => {
    const service = start("a", "--input", INCIDENT, "--exit-after-input");
    expect(await service.ended, service.lines.join("\n")).toEqual({ code: 0, signal: null });
    expect(service.lines.some((line) => line.includes("13 documents"))).toBe(true);
  });

  async function refused(service: RunningService): Promise<{ readonly code: number | null; readonly said: string[] }> {
    const { code } = await service.ended;
    return {
      code,
      said: service.lines.filter((line) => line.startsWith("queue-ratchet: ") || line.includes("    at ")),
    };
  }

  it("does not start on topics that do not fit", async () => {
    await createTopic(servers.kafka.bootstrap, `${application}-raw-events`, { partitions: 2 });
    const { code, said } = await refused(start("a"));
    expect(code).toBe(1);
    expect(said).toEqual([
      expect.stringContaining(`topic ${application}-raw-events has 2 partitions, and ${PARTITIONS} are wanted`),
    ]);
  });

  it("does not start in a folder that another one has", async () => {
    const owner = start("a");
    await owner.ready();
    const { code, said } = await refused(start("a"));
    expect(code).toBe(1);
    expect(said).toEqual([expect.stringContaining(`is in use by the process with pid ${owner.process.pid}`)]);
    await stop(owner);
  });

  it("does not start without a registry", async () => {
    const { code, said } = await refused(start("a", "--registry-url", "http://127.0.0.1:1"));
    expect(code).toBe(1);
    expect(said).toEqual([expect.stringMatching(/^queue-ratchet: schema registry http:\/\/127\.0\.0\.1:1: .+/)]);
  });

  it("does not start without brokers", async () => {
    const { code, said } = await refused(start("a", "--brokers", "127.0.0.1:1"));
    expect(code).toBe(1);
    expect(said).toEqual([
      expect.stringMatching(/^queue-ratchet: .*none of the brokers can be reached.*127\.0\.0\.1:1/),
    ]);
  });

  it("stops soon when it is asked to while it waits for brokers", async () => {
    const service = start("a", "--brokers", "127.0.0.1:1");
    await service.said("connecting to Kafka");
    const askedMs = performance.now();
    await stop(service);
    expect(performance.now() - askedMs).toBeLessThan(patient(10_000));
    expect(service.lines.at(-1)).toContain('"msg":"stopped"');
  });

  it.each([
    [["--demo"], "--demo: "],
    [["--kafka-username", "u"], "--kafka-sasl-mechanism and --kafka-password: missing"],
  ])("takes %j for wrong use", async (args, message) => {
    const { code, said } = await refused(start("a", ...args));
    expect(code).toBe(2);
    expect(said).toEqual([expect.stringContaining(`queue-ratchet: ${message}`)]);
  });
});

async function json(url: string): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
  const response = await fetch(url);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function untilFound(url: string, sequence: number): Promise<Record<string, unknown>> {
  for (const untilMs = Date.now() + WITHIN_MS; ; await delay(50)) {
    const { body } = await json(url);
    if (body.sequence === sequence) return body;
    if (Date.now() > untilMs) throw new Error(`not found within ${WITHIN_MS} ms: ${JSON.stringify(body)}`);
  }
}
