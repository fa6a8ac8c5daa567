/** An authority of the tests' own, with a certificate for the brokers and one for a client. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runToEnd } from "../processes/index.js";

const KEY = ["-newkey", "rsa:2048", "-nodes"];
const DAYS = ["-days", "30"];
const WITHIN_MS = 30_000;

export interface Certificates {
  readonly caFile: string;
  readonly caPem: string;
  /** Key and certificate in one file, as a broker wants them. */
  readonly serverFile: string;
  /** A client's certificate, which the brokers ask for but do not insist on. */
  readonly client: { readonly keyPem: string; readonly certPem: string };
}

/** @param folder where the files are put. */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const file = (name: string): string => join(folder, name);
  const text = (name: string): string => readFileSync(file(name), "utf8");
  const openssl = (...args: readonly string[]) => runToEnd("openssl", args, { timeoutMs: WITHIN_MS, cwd: folder });

  await openssl(
    "req",
    "-x509",
    ...KEY,
    "-keyout",
    "ca.key",
    "-out",
    "ca.pem",
    "-subj",
    "/CN=authority for tests",
    ...DAYS,
  );
  const signed = async (name: string, subject: string): Promise<void> => {
    await openssl("req", ...KEY, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${subject}`);
    writeFileSync(file(`${name}.ext`), "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
    const authority = ["-CA", "ca.pem", "-CAkey", "ca.key", "-set_serial", `0x${Date.now().toString(16)}`];
    const output = ["-extfile", `${name}.ext`, "-out", `${name}.crt`];
    await openssl("x509", "-req", "-in", `${name}.csr`, ...authority, ...output, ...DAYS);
  };
  await Promise.all([signed("server", "localhost"), signed("client", "client")]);

  writeFileSync(file("server.pem"), text("server.key") + text("server.crt"));
  return {
    caFile: file("ca.pem"),
    caPem: text("ca.pem"),
    serverFile: file("server.pem"),
    client: { keyPem: text("client.key"), certPem: text("client.crt") },
  };
}

export function tlsProperties({ caFile, serverFile }: Certificates): Record<string, string> {
  return {
    "ssl.keystore.type": "PEM",
    "ssl.keystore.location": serverFile,
    "ssl.truststore.type": "PEM",
    "ssl.truststore.location": caFile,
    "ssl.client.auth": "requested",
  };
}
