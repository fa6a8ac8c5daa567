/** What the deployment files say: read from the project's folder, and from copies in which something is changed. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { type Dockerfile, readDockerfile } from "./dockerfile.js";

const text = z.string();

/** Strict: a key that is misspelt, or that no check knows, is refused. */
const composeService = z.strictObject({
  image: text,
  command: z.array(text).default([]),
  build: text.optional(),
  pull_policy: text.optional(),
  environment: z.record(text, text).default({}),
  ports: z.array(text).default([]),
  volumes: z.array(text).default([]),
  depends_on: z.record(text, z.strictObject({ condition: text })).default({}),
  healthcheck: z
    .union([
      z.strictObject({
        test: z.array(text),
        interval: text,
        timeout: text,
        retries: z.int(),
        start_period: text.optional(),
      }),
      z.strictObject({ disable: z.literal(true) }).transform(() => "none" as const),
    ])
    .optional(),
  read_only: z.boolean().default(false),
  tmpfs: z.array(text).default([]),
  cap_drop: z.array(text).default([]),
  security_opt: z.array(text).default([]),
  mem_limit: text.optional(),
  stop_signal: text.default("SIGTERM"),
  stop_grace_period: text.default("10s"),
  restart: text,
});
export type ComposeService = z.infer<typeof composeService>;

const compose = z.strictObject({
  name: text,
  // What several services have in common: merged into them when the file is read.
  "x-queue-ratchet": z.unknown(),
  "x-connections": z.unknown(),
  services: z.record(text, composeService),
  volumes: z.record(text, z.null()),
});

const prometheus = z.strictObject({
  global: z.record(text, text),
  rule_files: z.array(text),
  scrape_configs: z.array(
    z.strictObject({
      job_name: text,
      metrics_path: text,
      static_configs: z.array(z.strictObject({ targets: z.array(text) })),
    }),
  ),
});

const rules = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: text,
      interval: text.optional(),
      rules: z.array(z.strictObject({ record: text, expr: text })),
    }),
  ),
});

const datasources = z.looseObject({ datasources: z.array(z.looseObject({ type: text, url: text })) });
const dashboards = z.looseObject({ providers: z.array(z.looseObject({ options: z.looseObject({ path: text }) })) });

export interface Deployment {
  readonly compose: z.infer<typeof compose>;
  readonly dockerfile: Dockerfile;
  readonly prometheus: z.infer<typeof prometheus>;
  readonly rules: z.infer<typeof rules>;
  readonly grafana: {
    readonly datasources: z.infer<typeof datasources>;
    readonly dashboards: z.infer<typeof dashboards>;
  };
  /** The lines of .dockerignore that name something. */
  readonly ignored: readonly string[];
  /** Of the project: its file's text, with what is changed in this copy. */
  readonly read: (path: string) => string;
  readonly exists: (path: string) => boolean;
}

export interface Change {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** @throws z.ZodError where a file has another form; Error where a change does not fit exactly one place. */
export function readDeployment(root: string, ...changes: readonly Change[]): Deployment {
  const read = (path: string) =>
    changes.filter(({ file }) => file === path).reduce(changed, readFileSync(join(root, path), "utf8"));
  return {
    compose: compose.parse(parseCompose(read("docker-compose.yml"))),
    dockerfile: readDockerfile(read("Dockerfile")),
    prometheus: prometheus.parse(parse(read("ops/prometheus/prometheus.yml"))),
    rules: rules.parse(parse(read("ops/prometheus/rules.yml"))),
    grafana: {
      datasources: datasources.parse(parse(read("ops/grafana/provisioning/datasources/prometheus.yml"))),
      dashboards: dashboards.parse(parse(read("ops/grafana/provisioning/dashboards/queue-ratchet.yml"))),
    },
    ignored: read(".dockerignore")
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#")),
    read,
    exists: (path) => existsSync(join(root, path)),
  };
}

/** As Compose reads it: with what `<<` merges, which newer YAML has not any more. */
export function parseCompose(content: string): unknown {
  return parse(content, { merge: true });
}

function changed(content: string, { file, find, replace }: Change): string {
  const parts = content.split(find);
  if (parts.length !== 2) throw new Error(`${file} has "${find}" ${parts.length - 1} times`);
  return parts.join(replace);
}
