/** What there is to say about the topics, for people and for programs. */
import { isFatal, type TopicReport } from "../../runtime/kafka/topics.js";
import { type Column, Table } from "../output/table.js";
import type { Look } from "../output/terminal.js";
import { printable } from "../output/text.js";

const CLEANUP = "cleanup.policy";
const COLUMNS: readonly Column[] = ["topic", "is", "partitions", "copies", "clean-up"].map((title) => ({
  title,
  minWidth: title.length,
}));

/** A row for each topic: what it is, or what it would be made as; below, a line for each thing that differs. */
export function tableText(reports: readonly TopicReport[], { width, colors }: Look): string {
  const table = new Table(COLUMNS, width, colors.bold);
  const rows = reports.map((report) => ({ heading: "", cells: cellsOf(report) }));
  const problems = reports.flatMap((report) => report.problems);
  const lines = problems.map(({ fatal, message }) => {
    const sign = fatal ? colors.red("\u00d7") : colors.yellow("!");
    return `${sign} ${printable(message)}\n`;
  });
  return table.render(rows) + (lines.length === 0 ? "" : `\n${lines.join("")}`) + withheld(reports);
}

/** NDJSON: a row for each topic. */
export function jsonText(reports: readonly TopicReport[]): string {
  return reports.map((report) => `${JSON.stringify(jsonRow(report))}\n`).join("");
}

function cellsOf({ name, outcome, wanted, topic }: TopicReport): string[] {
  const { partitions, replicationFactor, cleanup } =
    topic === null
      ? { ...wanted, cleanup: wanted.configs[CLEANUP] }
      : { ...topic, partitions: topic.partitions.length, cleanup: topic.effectiveConfigs.get(CLEANUP) };
  const copies = replicationFactor === -1 ? "(brokers' default)" : String(replicationFactor);
  return [printable(name), outcome, String(partitions), copies, cleanup ?? "?"];
}

/** Missing topics beside one that cannot be used are missing on purpose. */
function withheld(reports: readonly TopicReport[]): string {
  const stopped = reports.some(isFatal) && reports.some(({ outcome }) => outcome === "missing");
  return stopped ? "\nNone of the missing topics is made while another one cannot be used.\n" : "";
}

function jsonRow({ name, outcome, wanted, topic, problems }: TopicReport) {
  const { partitions, replicationFactor, configs } = wanted;
  return {
    topic: name,
    outcome,
    wanted: { partitions, replicationFactor, configs },
    actual: actualOf(topic, configs),
    problems,
  };
}

/** Of the configuration, those settings that matter here. */
function actualOf(topic: TopicReport["topic"], wanted: Readonly<Record<string, string>>) {
  if (topic === null) return null;
  const { partitions, replicationFactor, effectiveConfigs } = topic;
  const configs = Object.fromEntries(Object.keys(wanted).map((name) => [name, effectiveConfigs.get(name) ?? null]));
  return { partitions: partitions.length, replicationFactor, configs };
}
