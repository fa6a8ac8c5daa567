/** Files and folders: what is mounted, copied and written to is there. */
import { posix } from "node:path";
import type { Deployment } from "../deployment.js";
import { type Check, mounts, product, setting } from "./parts.js";

export const mounted: Check = (deployment) => {
  const { compose, exists } = deployment;
  const problems: string[] = [];
  const used = new Set<string>();
  for (const [service, spec] of Object.entries(compose.services)) {
    for (const { source, isVolume } of mounts(spec)) {
      if (isVolume) used.add(source);
      const known = isVolume ? source in compose.volumes : exists(source);
      if (!known) problems.push(`${service} mounts ${source}, which is not there`);
    }
    if (spec.build !== undefined && !exists(posix.join(spec.build, "Dockerfile"))) {
      problems.push(`${service} is built in ${spec.build}, where there is no Dockerfile`);
    }
  }
  const idle = Object.keys(compose.volumes).filter((name) => !used.has(name));
  return [...problems, ...idle.map((name) => `nothing mounts the volume ${name}`)];
};

/** Prometheus looks for its rules beside its configuration, as mounted. */
export const ruleFiles: Check = ({ compose, prometheus }) => {
  const all = Object.values(compose.services).flatMap(mounts);
  const configuration = all.find(({ source }) => source.endsWith("/prometheus.yml"));
  if (configuration?.target !== "/etc/prometheus/prometheus.yml") return ["Prometheus does not find its configuration"];
  return prometheus.rule_files
    .filter((file) => {
      const beside = (path: string) => posix.join(posix.dirname(path), file);
      const mount = all.find(({ target }) => target === beside(configuration.target));
      return mount === undefined || posix.normalize(mount.source) !== posix.normalize(beside(configuration.source));
    })
    .map((file) => `prometheus.yml names ${file}, which is not mounted beside it`);
};

/** The data folder is the image's volume, and lies on a volume that outlives the container. */
export const dataFolder: Check = (deployment) => {
  const folder = setting(deployment, "dataDir");
  const { last } = deployment.dockerfile;
  const [name, spec] = product(deployment);
  const problems: string[] = [];
  if (!last.volumes.includes(folder)) problems.push(`${folder} is no VOLUME of the image`);
  if (!mounts(spec).some(({ target, isVolume }) => isVolume && target === folder)) {
    problems.push(`${name} keeps ${folder} in its container`);
  }
  if (!last.runs.some((run) => run.includes(`--owner=node`) && run.includes(folder))) {
    problems.push(`nobody makes ${folder} for the user of the process`);
  }
  return problems;
};

/** What a stage has made, by the command that makes it. */
const MADE_BY: Readonly<Record<string, string>> = {
  "/app/node_modules": "npm ci --omit=dev",
  "/app/dist": "npm run build && rm -rf dist/bench dist/test",
};

export const copied: Check = ({ dockerfile: { stages }, exists, ignored }) =>
  stages.flatMap(({ copies }, index) =>
    copies.flatMap(({ from, sources }) => {
      if (from === null) {
        return sources
          .filter((source) => !exists(source) || isIgnored(source, ignored))
          .map((source) => `COPY ${source}: not in the build context`);
      }
      const stage = stages.slice(0, index).find(({ name }) => name === from);
      if (stage === undefined) return [`COPY --from=${from}: no such stage before`];
      return sources
        .filter((source) => {
          const command = MADE_BY[source];
          return command === undefined || !stage.runs.some((run) => run.startsWith(command));
        })
        .map((source) => `COPY --from=${from} ${source}: not made there`);
    }),
  );

/** What `npm run build` reads, and what nobody wants to send along. */
export const context: Check = ({ ignored, read }) => {
  const { include }: { include: string[] } = JSON.parse(read("tsconfig.build.json"));
  const copiedByBuild = [...read("build.mjs").matchAll(/cpSync\(["`]([^"`$]+)/g)].map(([, path = ""]) => path);
  const needed = ["package.json", "tsconfig.json", "tsconfig.build.json", "build.mjs", ...include, ...copiedByBuild];
  const unwanted = [".git", "node_modules", "dist", "queue-ratchet-data", ".env"];
  return [
    ...needed.filter((path) => isIgnored(path, ignored)).map((path) => `.dockerignore leaves out ${path}`),
    ...unwanted.filter((path) => !isIgnored(path, ignored)).map((path) => `.dockerignore lets ${path} through`),
  ];
};

/** Of Docker's patterns: `**` before a name, and `*` within one. */
function isIgnored(path: string, ignored: Deployment["ignored"]): boolean {
  const top = path.split("/")[0] ?? path;
  return ignored.some((pattern) => {
    const name = pattern.replace(/^\*\*\//, "");
    const parts = name.split("*").map((part) => part.replace(/[.$+?()[\]{}|\\^]/g, "\\$&"));
    return new RegExp(`^${parts.join("[^/]*")}$`).test(top);
  });
}
