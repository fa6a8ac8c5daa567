/** Ports and host names: who listens where, and who is told so. */
import { SETTINGS } from "../../../cli/settings/index.js";
import type { ComposeService, Deployment } from "../deployment.js";
import { type Check, environment, product, published, setting } from "./parts.js";

export const ports: Check = (deployment) => {
  const { compose, dockerfile } = deployment;
  const [name] = product(deployment);
  const own = [setting(deployment, "port"), setting(deployment, "metricsPort")];
  const problems: string[] = [];
  if (dockerfile.last.exposed.join() !== own.join()) {
    problems.push(`EXPOSE ${dockerfile.last.exposed.join(" ")}, but the service listens on ${own.join(" and ")}`);
  }
  const asked = /\?\? (\d+)/.exec(dockerfile.last.healthcheck?.join(" ") ?? "")?.[1];
  if (asked !== String(SETTINGS.port.defaultValue)) problems.push(`HEALTHCHECK asks port ${asked}`);
  const hostPorts = new Set<string>();
  for (const [service, spec] of Object.entries(compose.services)) {
    for (const { address, hostPort, port } of published(spec)) {
      if (address !== "127.0.0.1") problems.push(`${service} publishes ${port} on ${address || "every address"}`);
      if (hostPorts.has(hostPort)) problems.push(`${service} publishes on ${hostPort}, which is taken`);
      hostPorts.add(hostPort);
      if (service === name && !own.includes(port))
        problems.push(`${service} publishes ${port}, where it does not listen`);
    }
    const containerPorts = published(spec).map(({ port }) => port);
    for (const [, port = ""] of healthTest(spec).matchAll(/127\.0\.0\.1:(\d+)/g)) {
      if (!containerPorts.includes(port)) problems.push(`the health check of ${service} asks port ${port}`);
    }
  }
  return problems;
};

/** Every `host:port` that one service is told of another. */
export const addresses: Check = (deployment) =>
  told(deployment).flatMap(({ by, address }) => {
    const [host = "", port = ""] = address.split(":");
    if (deployment.compose.services[host] === undefined) return [`${by} names ${address}: no service ${host}`];
    return listening(deployment, host).includes(port) ? [] : [`${by} names ${address}: ${host} is not there`];
  });

/** What the product connects to has started before it. */
export const order: Check = (deployment) => {
  const { compose, dockerfile } = deployment;
  const problems = Object.entries(compose.services).flatMap(([service, { depends_on }]) =>
    Object.entries(depends_on).flatMap(([other, { condition }]) => {
      const target = compose.services[other];
      if (target === undefined) return [`${service} depends on ${other}, which is no service`];
      const checked = target.healthcheck ?? (target.build === undefined ? undefined : dockerfile.last.healthcheck);
      if (isOneShot(target))
        return condition === "service_completed_successfully"
          ? []
          : [`${service} does not wait until ${other} has ended well`];
      if (condition !== "service_healthy") return [`${service} does not wait until ${other} is healthy`];
      return checked && checked !== "none" ? [] : [`${service} waits until ${other} is healthy, which nothing checks`];
    }),
  );
  for (const { by, address } of told(deployment)) {
    const host = address.split(":")[0] ?? "";
    const waiting = compose.services[by];
    if (waiting !== undefined && waiting.depends_on[host] === undefined) {
      problems.push(`${by} does not wait for ${host}`);
    }
  }
  return problems;
};

/** It does its work and ends. */
function isOneShot({ command, build, restart }: ComposeService): boolean {
  return build !== undefined && command.length > 0 && restart === "no";
}

function healthTest({ healthcheck }: ComposeService): string {
  return healthcheck === undefined || healthcheck === "none" ? "" : healthcheck.test.join(" ");
}

/** Programs on the host are told an address of Kafka that is published. */
export const kafkaFromTheHost: Check = ({ compose }) =>
  Object.entries(compose.services).flatMap(([service, spec]) =>
    advertised(spec.environment)
      .filter(({ host }) => host === "127.0.0.1")
      .filter(({ port }) => !published(spec).some((one) => one.hostPort === port && one.port === port))
      .map(({ port }) => `${service} tells programs on the host to connect to ${port}, which is not published`),
  );

function told(deployment: Deployment): { by: string; address: string }[] {
  const [name] = product(deployment);
  const variables = environment(deployment);
  const registry = variables.get("QUEUE_RATCHET_REGISTRY_URL");
  const found = [
    ...(variables.get("QUEUE_RATCHET_BROKERS") ?? "").split(",").map((address) => ({ by: name, address })),
    { by: name, address: registry === undefined ? "" : new URL(registry).host },
    ...deployment.prometheus.scrape_configs.flatMap(({ static_configs }) =>
      static_configs.flatMap(({ targets }) => targets.map((address) => ({ by: "prometheus.yml", address }))),
    ),
    ...deployment.grafana.datasources.datasources.map(({ url }) => ({ by: "grafana", address: new URL(url).host })),
  ];
  for (const [by, { environment: given }] of Object.entries(deployment.compose.services)) {
    const address = given.KAFKA_BOOTSTRAP_SERVERS;
    if (address !== undefined) found.push({ by, address });
  }
  return found;
}

function listening(deployment: Deployment, service: string): string[] {
  const [name] = product(deployment);
  const spec = deployment.compose.services[service];
  if (spec === undefined) return [];
  if (service === name) return [setting(deployment, "port"), setting(deployment, "metricsPort")];
  const kafka = advertised(spec.environment);
  if (kafka.length === 0) return published(spec).map(({ port }) => port);
  const open = [...(spec.environment.KAFKA_LISTENERS ?? "").matchAll(/(\w+):\/\/:(\d+)/g)].map(([all]) => all);
  return kafka
    .filter(({ listener, host, port }) => host === service && open.includes(`${listener}://:${port}`))
    .map(({ port }) => port);
}

function advertised(given: Readonly<Record<string, string>>) {
  const listeners = given.KAFKA_ADVERTISED_LISTENERS ?? "";
  return [...listeners.matchAll(/(\w+):\/\/([^:,]+):(\d+)/g)].map(([, listener = "", host = "", port = ""]) => ({
    listener,
    host,
    port,
  }));
}
