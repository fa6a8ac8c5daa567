/** Grafana finds its source of data, and the dashboard. */
import { posix } from "node:path";
import { type Check, mounts } from "./parts.js";

const PROVISIONING = "/etc/grafana/provisioning";
const HOME = "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH";

export const grafana: Check = ({ compose, grafana: { dashboards }, exists }) => {
  const service = Object.values(compose.services).find(({ image }) => image.startsWith("grafana/"));
  if (service === undefined) return ["nobody runs Grafana"];
  const all = mounts(service);
  const problems: string[] = [];
  if (!all.some(({ source, target }) => target === PROVISIONING && source === "./ops/grafana/provisioning"))
    problems.push(`Grafana does not find what is to be provisioned in ${PROVISIONING}`);
  /** Where a path in the container lies in the project. */
  const inProject = (path: string) => {
    const mount = all.find(({ target }) => path === target || path.startsWith(`${target}/`));
    return mount === undefined ? null : posix.join(mount.source, posix.relative(mount.target, path));
  };
  const wanted = [...dashboards.providers.map(({ options }) => options.path), service.environment[HOME] ?? HOME];
  for (const path of wanted) {
    const found = inProject(path);
    if (found === null || !exists(found)) problems.push(`Grafana does not find ${path}`);
  }
  return problems;
};
