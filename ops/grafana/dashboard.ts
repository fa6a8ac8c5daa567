/**
 * The dashboard. `UPDATE_DASHBOARD=1 npx vitest run test/ops/dashboard.test.ts` writes dashboards/queue-ratchet.json, which is
 * what Grafana reads.
 */
import { laidOut } from "./layout.js";
import { DATASOURCE } from "./panels.js";
import { DEAD_LETTERS, DECISIONS, DIVERGENCE, PROCESS, STALE_WRITES, TASKS, WEBHOOKS } from "./rows/index.js";

const ROWS = [STALE_WRITES, DECISIONS, DIVERGENCE, WEBHOOKS, DEAD_LETTERS, TASKS, PROCESS];

/** A variable of the dashboard that takes the values of a label. */
function labelVariable(name: string, label: string, query: string) {
  return {
    name,
    label,
    type: "query",
    datasource: DATASOURCE,
    query: { query, refId: name },
    refresh: 2,
    sort: 1,
    includeAll: true,
    multi: true,
    allValue: ".*",
    current: { text: ["All"], value: ["$__all"] },
  };
}

export function dashboard() {
  return {
    uid: "queue-ratchet",
    title: "queue-ratchet",
    tags: ["queue-ratchet"],
    editable: true,
    graphTooltip: 1,
    refresh: "10s",
    schemaVersion: 39,
    time: { from: "now-1h", to: "now" },
    timezone: "browser",
    version: 1,
    annotations: {
      list: [
        {
          name: "Alerts that fire",
          datasource: DATASOURCE,
          enable: true,
          iconColor: "red",
          expr: 'ALERTS{alertname=~"QueueRatchet.*", alertstate="firing"}',
          titleFormat: "{{alertname}}",
          textFormat: "{{source}} {{reason}} {{topic}} {{instance}}",
        },
      ],
    },
    templating: {
      list: [
        { name: "datasource", label: "Prometheus", type: "datasource", query: "prometheus", refresh: 1 },
        labelVariable("job", "Job", "label_values(queue_ratchet_decisions_total, job)"),
        labelVariable("source", "Source", 'label_values(queue_ratchet_decisions_total{job=~"$job"}, source)'),
      ],
    },
    links: [
      {
        title: "Run book",
        type: "link",
        icon: "doc",
        tooltip: "",
        url: "https://github.com/queue-ratchet/queue-ratchet/blob/main/docs/runbook.md",
        tags: [],
        asDropdown: false,
        includeVars: false,
        keepTime: false,
        targetBlank: true,
      },
    ],
    panels: laidOut(ROWS),
  };
}
