/** The cross-checks of the deployment files, by what each holds. */
import { addresses, kafkaFromTheHost, order, ports } from "./addresses.js";
import { grafana } from "./grafana.js";
import { tags, versions } from "./images.js";
import { metrics } from "./metrics.js";
import type { Check } from "./parts.js";
import { context, copied, dataFolder, mounted, ruleFiles } from "./paths.js";
import { confined, end, start, topicsFirst, user } from "./process.js";
import { secrets } from "./secrets.js";
import { variables } from "./variables.js";

export const CHECKS = {
  "every variable is a setting's, with a value that the setting takes": variables,
  "ports are those of the settings, and published on 127.0.0.1 only": ports,
  "every address that a service is told is one where another listens": addresses,
  "every service waits until what it connects to is healthy": order,
  "programs on the host reach Kafka where it tells them to": kafkaFromTheHost,
  "what is mounted is there": mounted,
  "Prometheus finds its rules": ruleFiles,
  "the data folder is a volume of the process's user": dataFolder,
  "what the Dockerfile copies is there, or made by an earlier stage": copied,
  "the build context has what the build reads, and no more": context,
  "every image has an exact version": tags,
  "versions are those of the package and of the tests": versions,
  "the process is not root's": user,
  "the process starts without a shell": start,
  "the process has the time to close": end,
  "what runs the image can change nothing but its volumes": confined,
  "the topics are made before the service starts": topicsFirst,
  "no secret stands in the files": secrets,
  "Grafana finds its data and its dashboard": grafana,
  "rules ask for metrics and labels that there are": metrics,
} satisfies Record<string, Check>;

export type CheckName = keyof typeof CHECKS;
