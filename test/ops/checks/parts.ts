/** What several checks ask of the deployment files. */
import { environmentName, SETTINGS, type SettingName, type SettingSpec } from "../../../cli/settings/index.js";
import type { ComposeService, Deployment } from "../deployment.js";

/** A check's answer: a sentence for each thing that does not fit. */
export type Check = (deployment: Deployment) => string[];

/** All that run the image which is built here. */
export function builtHere({ compose }: Deployment): [name: string, service: ComposeService][] {
  return Object.entries(compose.services).filter(([, { build }]) => build !== undefined);
}

/** The one of them that is the service: its name in docker-compose.yml, and what stands there. */
export function product(deployment: Deployment): [name: string, service: ComposeService] {
  const [service, ...others] = builtHere(deployment).filter(([, { command }]) => command.length === 0);
  if (service === undefined || others.length > 0)
    throw new Error("docker-compose.yml does not run the service exactly once");
  return service;
}

/** As Compose resolves it where nothing is set: `${NAME:-default}` is its default. */
export function interpolated(value: string): string {
  return value.replace(/\$\{\w+:-([^}]*)\}/g, "$1");
}

/** The environment of the product's process: the image's, and over it that of docker-compose.yml. */
export function environment(deployment: Deployment): ReadonlyMap<string, string> {
  const [, service] = product(deployment);
  const given = Object.entries(service.environment).map(([name, value]) => [name, interpolated(value)] as const);
  // An empty variable is one that is not set.
  return new Map([...deployment.dockerfile.last.environment, ...given.filter(([, value]) => value !== "")]);
}

/** As the service will resolve it. */
export function setting(deployment: Deployment, name: SettingName): string {
  const { flag, defaultValue }: SettingSpec<unknown> = SETTINGS[name];
  return environment(deployment).get(environmentName(flag)) ?? String(defaultValue);
}

export interface Published {
  readonly address: string;
  readonly hostPort: string;
  readonly port: string;
}

/** `address:port on the host:port in the container`. */
export function published({ ports }: ComposeService): Published[] {
  return ports.map((one) => {
    const [port = "", hostPort = "", address = ""] = one.split(":").reverse();
    return { address, hostPort, port };
  });
}

export interface Mount {
  /** A folder or file of the project, or the name of a volume. */
  readonly source: string;
  readonly target: string;
  readonly isVolume: boolean;
}

export function mounts({ volumes }: ComposeService): Mount[] {
  return volumes.map((one) => {
    const [source = "", target = ""] = one.split(":");
    return { source, target, isVolume: !/^[./~]/.test(source) };
  });
}
