/** The process in the container: whose it is, how it starts, how it ends. */
import { builtHere, type Check, product } from "./parts.js";

/** The service ends itself after these (DESIGN.md, cli/start/run.ts). */
const STOPS_WITHIN_S = 10;
const STOPS_AT = "SIGTERM";

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
  const [name, { stop_grace_period, stop_signal }] = product(deployment);
  const { stopSignal } = deployment.dockerfile.last;
  const problems: string[] = [];
  const graceS = Number(/^(\d+)s$/.exec(stop_grace_period)?.[1]);
  if (!(graceS > STOPS_WITHIN_S))
    problems.push(`${name} is killed after ${stop_grace_period}, while it is still closing`);
  for (const [where, signal] of [
    ["the image", stopSignal],
    [name, stop_signal],
  ])
    if (signal !== STOPS_AT) problems.push(`${where} is stopped with ${signal}`);
  return problems;
};

/** What runs our image can change nothing but its volumes, and gain nothing. */
export const confined: Check = (deployment) =>
  builtHere(deployment).flatMap(([name, { read_only, tmpfs, cap_drop, security_opt }]) => [
    ...(read_only ? [] : [`${name} can write to its image`]),
    ...(tmpfs.includes("/tmp") ? [] : [`${name} has no /tmp to write to`]),
    ...(cap_drop.includes("ALL") ? [] : [`${name} keeps capabilities that it does not need`]),
    ...(security_opt.includes("no-new-privileges:true") ? [] : [`${name} may gain privileges`]),
  ]);

/** The topics are made, with the settings of the service, before it starts. */
export const topicsFirst: Check = (deployment) => {
  const [name, service] = product(deployment);
  const init = builtHere(deployment).find(([, { command }]) => command.join() === "topics");
  if (init === undefined) return ["nobody makes the topics"];
  const [initName, { environment: given }] = init;
  const problems = service.depends_on[initName] === undefined ? [`${name} does not wait for ${initName}`] : [];
  const others = Object.entries(given).filter(([variable, value]) => service.environment[variable] !== value);
  return [...problems, ...others.map(([variable]) => `${initName} and ${name} do not agree on ${variable}`)];
};
