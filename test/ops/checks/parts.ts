/** What several checks ask of the deployment files. */
import { environmentName, SETTINGS, type SettingName, type SettingSpec } from "../../../cli/settings/index.js";
import type { ComposeService, Deployment } from "../deployment.js";

/** A check's answer: a sentence for each thing that does not fit. */
export type Check = (deployment: Deployment) => string[];

/** The service that is built here: its name in docker-compose.yml, and what stands there. */
export function product({ compose }: Deployment): [name: string, service: ComposeService] {
  const [built, ...others] = Object.entries(compose.services).filter(([, { build }]) => build !== undefined);
  if (built === undefined || others.length > 0)
    throw new Error("docker-compose.yml does not build exactly one service");
  return built;
}

/** The environment of the product's process: the image's, and over it that of docker-compose.yml. */
export function environment(deployment: Deployment): ReadonlyMap<string, string> {
  const [, service] = product(deployment);
  return new Map([...deployment.dockerfile.last.environment, ...Object.entries(service.environment)]);
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
