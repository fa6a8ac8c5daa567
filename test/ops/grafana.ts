/** The dashboard and its provisioning as Grafana reads them. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { z } from "zod";

const FOLDER = new URL("../../ops/grafana/", import.meta.url);
export const DASHBOARD_FILE = fileURLToPath(new URL("dashboards/queue-ratchet.json", FOLDER));

const text = z.string();
const datasource = z.strictObject({ type: z.literal("prometheus"), uid: text });
const place = z.strictObject({ x: z.int().min(0), y: z.int().min(0), w: z.int().min(1), h: z.int().min(1) });
const target = z.looseObject({ datasource, refId: text, expr: text, legendFormat: text, instant: z.boolean() });
const rowTitle = z.looseObject({ id: z.int(), type: z.literal("row"), title: text, gridPos: place });
const panel = z.looseObject({
  id: z.int(),
  type: z.enum(["stat", "timeseries"]),
  title: text,
  description: text,
  datasource,
  targets: z.array(target).min(1),
  gridPos: place,
});
export type Panel = z.infer<typeof panel>;

/** Grafana's own name for the kind of data, or what Prometheus is asked. */
const variable = z.looseObject({
  name: text,
  type: text,
  query: z.union([text, z.strictObject({ query: text, refId: text })]),
});

const dashboard = z.looseObject({
  uid: text,
  title: text,
  annotations: z.strictObject({ list: z.array(z.looseObject({ datasource, expr: text })) }),
  templating: z.strictObject({ list: z.array(variable) }),
  panels: z.array(z.discriminatedUnion("type", [rowTitle, panel])),
});
export type Dashboard = z.infer<typeof dashboard>;

/** @throws z.ZodError where the file has another form */
export function readDashboard(): Dashboard {
  return dashboard.parse(JSON.parse(readFileSync(DASHBOARD_FILE, "utf8")));
}

/** All but the titles of rows. */
export function panelsOf({ panels }: Dashboard): readonly Panel[] {
  return panels.filter((one) => one.type !== "row");
}

export interface DashboardQuery {
  /** As "panel: expression". */
  readonly where: string;
  readonly expr: string;
}

/** What the panels ask Prometheus, with Grafana's variables as they are when everything is chosen. */
export function dashboardQueries(): readonly DashboardQuery[] {
  return panelsOf(readDashboard()).flatMap(({ title, targets }) =>
    targets.map(({ expr }) => ({ where: `${title}: ${expr}`, expr: substituted(expr) })),
  );
}

/** The selectors whose labels the variables take. */
export function variableQueries(): readonly DashboardQuery[] {
  return readDashboard().templating.list.flatMap(({ name, query }) => {
    const asked = /^label_values\((.*), \w+\)$/.exec(typeof query === "object" ? query.query : "")?.[1];
    return asked === undefined ? [] : [{ where: `variable ${name}`, expr: substituted(asked) }];
  });
}

/** @throws Error for a variable that nobody gives a value */
export function substituted(expr: string): string {
  const bare = expr.replaceAll("$__rate_interval", "1m").replaceAll("$job", ".*").replaceAll("$source", ".*");
  if (bare.includes("$")) throw new Error(`a variable of Grafana's that is not known here: ${bare}`);
  return bare;
}

export const provisioning = {
  datasources: () =>
    z
      .strictObject({
        apiVersion: z.literal(1),
        datasources: z.array(
          z.looseObject({ type: text, url: z.url(), jsonData: z.strictObject({ timeInterval: text }) }),
        ),
      })
      .parse(read("provisioning/datasources/prometheus.yml")),
  dashboards: () =>
    z
      .strictObject({
        apiVersion: z.literal(1),
        providers: z.array(z.looseObject({ type: z.literal("file"), options: z.strictObject({ path: text }) })),
      })
      .parse(read("provisioning/dashboards/queue-ratchet.yml")),
};

function read(path: string): unknown {
  return parse(readFileSync(new URL(path, FOLDER), "utf8"));
}
