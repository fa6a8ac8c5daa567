/** What a client of a cluster with secured listeners has to know. */
import { mkdirSync } from "node:fs";
import { type Certificates, makeCertificates, tlsProperties } from "./certificates.js";
import { bootstrapOf, type Ports } from "./listeners.js";
import { saslProperties, scramArguments, USERS } from "./users.js";

export interface KafkaSecurity {
  /** Bootstrap lists, by the listener's protocol. */
  readonly saslPlaintext: string;
  readonly saslSsl: string;
  readonly ssl: string;
  readonly users: typeof USERS;
  /** The authority that signed the brokers' certificates, for `localhost` and 127.0.0.1. */
  readonly caPem: string;
  readonly caFile: string;
  /** For mutual TLS; brokers refuse a client without one only with `"ssl.client.auth": "required"`. */
  readonly client: Certificates["client"];
}

export interface SecuritySetup {
  readonly seenByClients: KafkaSecurity;
  readonly properties: Readonly<Record<string, string>>;
  readonly formatArguments: string[];
}

export async function setUpSecurity(folder: string, ports: readonly Ports[]): Promise<SecuritySetup> {
  mkdirSync(folder);
  const certificates = await makeCertificates(folder);
  return {
    seenByClients: {
      saslPlaintext: bootstrapOf(ports.map(({ SASL_PLAINTEXT }) => SASL_PLAINTEXT)),
      saslSsl: bootstrapOf(ports.map(({ SASL_SSL }) => SASL_SSL)),
      ssl: bootstrapOf(ports.map(({ SSL }) => SSL)),
      users: USERS,
      caPem: certificates.caPem,
      caFile: certificates.caFile,
      client: certificates.client,
    },
    properties: { ...tlsProperties(certificates), ...saslProperties("SASL_PLAINTEXT"), ...saslProperties("SASL_SSL") },
    formatArguments: scramArguments(),
  };
}
