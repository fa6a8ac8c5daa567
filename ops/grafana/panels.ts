/** The forms of panels: what Grafana's JSON says for each, without where it stands. */

/** Of Grafana's own names. */
export type Unit = "short" | "s" | "bytes" | "percentunit" | "reqps" | "cps" | "percent";

export interface Query {
  readonly expr: string;
  /** With `{{label}}` for a label's value. */
  readonly legend: string;
}

export interface PanelText {
  readonly title: string;
  /** What the numbers mean, for who sees them the first time. */
  readonly description: string;
  readonly unit: Unit;
}

/** The value from which a colour holds; the first from the bottom on. */
export type Step = readonly [from: number | null, color: "green" | "orange" | "red"];

export interface Mapping {
  readonly value: string;
  readonly text: string;
  readonly color: "green" | "red";
}

/** Grafana replaces the variable by the source of data that is chosen above the dashboard. */
export const DATASOURCE = { type: "prometheus", uid: "$datasource" } as const;

const LETTERS = "ABCDEFGH";

function targets(queries: readonly Query[], instant: boolean) {
  return queries.map(({ expr, legend }, index) => ({
    datasource: DATASOURCE,
    refId: LETTERS[index] ?? "Z",
    expr,
    legendFormat: legend,
    range: !instant,
    instant,
  }));
}

function steps(of: readonly Step[]) {
  return { mode: "absolute", steps: of.map(([value, color]) => ({ value, color })) };
}

/** One number, as it is now. */
export function stat(
  { title, description, unit }: PanelText,
  query: Query,
  options: { readonly steps: readonly Step[]; readonly noValue: string; readonly mappings?: readonly Mapping[] },
) {
  const mappings = (options.mappings ?? []).map(({ value, text, color }) => ({
    type: "value",
    options: { [value]: { text, color } },
  }));
  return {
    type: "stat",
    title,
    description,
    datasource: DATASOURCE,
    targets: targets([query], true),
    fieldConfig: {
      defaults: { unit, mappings, thresholds: steps(options.steps), noValue: options.noValue },
      overrides: [],
    },
    options: { colorMode: "background", graphMode: "none", reduceOptions: { calcs: ["lastNotNull"] } },
  };
}

/** Lines over time. */
export function lines(
  { title, description, unit }: PanelText,
  queries: readonly Query[],
  { stacked = false }: { readonly stacked?: boolean } = {},
) {
  const stacking = { mode: stacked ? "normal" : "none", group: "A" };
  return {
    type: "timeseries",
    title,
    description,
    datasource: DATASOURCE,
    targets: targets(queries, false),
    fieldConfig: {
      defaults: { unit, min: 0, custom: { drawStyle: "line", fillOpacity: stacked ? 40 : 10, stacking } },
      overrides: [],
    },
    options: {
      legend: { showLegend: true, displayMode: "table", placement: "bottom", calcs: ["lastNotNull", "max"] },
      tooltip: { mode: "multi", sort: "desc" },
    },
  };
}

export type Panel = ReturnType<typeof stat> | ReturnType<typeof lines>;
