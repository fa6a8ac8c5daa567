/** The process in the container: whose it is, how it starts, how it ends. */
import { type Check, product } from "./parts.js";

/** The service ends itself after these (DESIGN.md, cli/start/run.ts). */
const STOPS_WITHIN_S = 10;

export const user: Check = ({ dockerfile: { last } }) => {
  if (last.user === null) return ["the process is root's: no USER"];
  return /^(root|0)(:|$)/.test(last.user) ? [`the process is ${last.user}'s`] : [];
};

export const start: Check = ({ dockerfile: { last }, read }) => {
  const { bin }: { bin: Record<string, string> } = JSON.parse(read("package.json"));
  const program = bin["queue-ratchet"] ?? "";
  const problems: string[] = [];
  if (last.entrypoint?.join(" ") !== `node ${program}`)
    problems.push(`ENTRYPOINT does not run ${program} without a shell`);
  if (last.healthcheck?.[0] !== "node" || !last.healthcheck.join(" ").includes("/healthz")) {
    problems.push("HEALTHCHECK does not ask /healthz with node");
  }
  return problems;
};

export const end: Check = (deployment) => {
  const [name, { stop_grace_period }] = product(deployment);
  const graceS = Number(/^(\d+)s$/.exec(stop_grace_period)?.[1]);
  return graceS > STOPS_WITHIN_S ? [] : [`${name} is killed after ${stop_grace_period}, while it is still closing`];
};
