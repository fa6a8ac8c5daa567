/** The listeners of a broker: which there are, and where each is. */
import { freePorts } from "../processes/index.js";

/** Each listener's security protocol. PROXIED is advertised with the address of the broker's proxy. */
const PROTOCOLS = {
  CONTROLLER: "PLAINTEXT",
  PLAINTEXT: "PLAINTEXT",
  PROXIED: "PLAINTEXT",
  SASL_PLAINTEXT: "SASL_PLAINTEXT",
  SASL_SSL: "SASL_SSL",
  SSL: "SSL",
} as const;

export type ListenerName = keyof typeof PROTOCOLS;
export type Ports = Readonly<Record<ListenerName, number>>;

const BROKER_LISTENERS = ["PLAINTEXT", "PROXIED", "SASL_PLAINTEXT", "SASL_SSL", "SSL"] as const;
const SECURED: ReadonlySet<ListenerName> = new Set(["SASL_PLAINTEXT", "SASL_SSL", "SSL"]);

export interface ListenersWanted {
  readonly proxied: boolean;
  readonly security: boolean;
}

/** @returns ports for every listener of each broker, used or not. */
export async function portsFor(brokers: number): Promise<Ports[]> {
  const free = await freePorts(brokers * Object.keys(PROTOCOLS).length);
  const take = (): number => {
    const port = free.pop();
    if (port === undefined) throw new Error("too few ports");
    return port;
  };
  return Array.from({ length: brokers }, () => ({
    CONTROLLER: take(),
    PLAINTEXT: take(),
    PROXIED: take(),
    SASL_PLAINTEXT: take(),
    SASL_SSL: take(),
    SSL: take(),
  }));
}

/** @param proxyPort where the broker's proxy listens; null when it has none. */
export function listenerProperties(
  ports: Ports,
  proxyPort: number | null,
  wanted: ListenersWanted,
): Record<string, string> {
  const names = BROKER_LISTENERS.filter(
    (name) => (name !== "PROXIED" || wanted.proxied) && (!SECURED.has(name) || wanted.security),
  );
  const advertised = names.map((name) => `${name}://127.0.0.1:${name === "PROXIED" ? (proxyPort ?? 0) : ports[name]}`);
  const own = [...names, "CONTROLLER" as const].map((name) => `${name}://127.0.0.1:${ports[name]}`);
  return {
    listeners: own.join(","),
    "advertised.listeners": advertised.join(","),
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "listener.security.protocol.map": Object.entries(PROTOCOLS)
      .map(([name, protocol]) => `${name}:${protocol}`)
      .join(","),
  };
}

/** As clients want it: `host:port,host:port`. */
export function bootstrapOf(ports: readonly number[]): string {
  return ports.map((port) => `127.0.0.1:${port}`).join(",");
}
