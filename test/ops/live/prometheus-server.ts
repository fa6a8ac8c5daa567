/** A real Prometheus with the project's own configuration, scraping one target every second. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { onPath } from "../../support/on-path.js";
import { FOLDER } from "../promtool.js";
import { found } from "./found.js";

export const NO_PROMETHEUS = onPath("prometheus")
  ? []
  : ["there is no prometheus: apt-get install --no-install-recommends prometheus"];

const sample = z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) });
const vector = z.object({ status: z.literal("success"), data: z.object({ result: z.array(sample) }) });
const names = z.object({ status: z.literal("success"), data: z.array(z.string()) });
const metadata = z.object({
  status: z.literal("success"),
  data: z.record(z.string(), z.array(z.object({ type: z.string() }))),
});
const rules = z.object({
  status: z.literal("success"),
  data: z.object({
    groups: z.array(
      z.object({ rules: z.array(z.object({ name: z.string(), health: z.string(), state: z.string().optional() })) }),
    ),
  }),
});

export type Rule = z.infer<typeof rules>["data"]["groups"][number]["rules"][number];

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What is changed of ops/prometheus/prometheus.yml: how often, whom, and where the rules are. */
async function configuration(target: string): Promise<string> {
  const own = parse(await readFile(join(FOLDER, "prometheus.yml"), "utf8"));
  const [job] = own.scrape_configs;
  return stringify({
    global: { ...own.global, scrape_interval: "1s", evaluation_interval: "1s" },
    rule_files: own.rule_files.map((file: string) => join(FOLDER, file)),
    scrape_configs: [{ ...job, static_configs: [{ targets: [target] }] }],
  });
}

export class PrometheusServer {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    private readonly url: string,
  ) {}

  /** Resolves when it answers. @param target `host:port` of what is scraped */
  static async start(target: string): Promise<PrometheusServer> {
    const folder = await mkdtemp(join(tmpdir(), "prometheus-"));
    const file = join(folder, "prometheus.yml");
    await writeFile(file, await configuration(target));
    const child = spawn("prometheus", [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      "--web.listen-address=127.0.0.1:0",
    ]);
    const said: string[] = [];
    createInterface({ input: child.stderr }).on("line", (line) => said.push(line));
    const address = () => /"?Listening on"? address=(\S+)/.exec(said.join("\n"))?.[1] ?? null;
    try {
      const url = `http://${await found("Prometheus listens", address)}`;
      const server = new PrometheusServer(child, folder, url);
      await found("Prometheus is ready", async () => (await fetch(`${url}/-/ready`)).ok || null);
      return server;
    } catch (error) {
      child.kill("SIGKILL");
      throw new Error(`Prometheus did not start; it said:\n${said.slice(-20).join("\n")}`, { cause: error });
    }
  }

  /** @throws Error with Prometheus' words, when it does not take the expression */
  async query(expr: string): Promise<readonly Sample[]> {
    const { data } = vector.parse(await this.get(`/api/v1/query?query=${encodeURIComponent(expr)}`));
    return data.result.map(({ metric, value: [, value] }) => ({ labels: metric, value: Number(value) }));
  }

  /** Of every series that there is. */
  async names(): Promise<ReadonlySet<string>> {
    return new Set(names.parse(await this.get("/api/v1/label/__name__/values")).data);
  }

  /** By name, the types of the metrics that the target has told of, with or without series. */
  async types(): Promise<ReadonlyMap<string, string>> {
    const { data } = metadata.parse(await this.get("/api/v1/metadata"));
    return new Map(Object.entries(data).map(([name, [told]]) => [name, told?.type ?? "unknown"]));
  }

  async rules(): Promise<readonly Rule[]> {
    const { data } = rules.parse(await this.get("/api/v1/rules"));
    return data.groups.flatMap((group) => group.rules);
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once("close", resolve));
    this.child.kill("SIGKILL");
    await ended;
    await rm(this.folder, { recursive: true });
  }

  private async get(path: string): Promise<unknown> {
    const response = await fetch(this.url + path);
    const body = await response.text();
    if (!response.ok) throw new Error(`${path}: ${body}`);
    return JSON.parse(body);
  }
}
