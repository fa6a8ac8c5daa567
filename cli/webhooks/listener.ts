/** How the settings make the public listener. */
import { isIPv4 } from "node:net";
import type { ListenerOptions } from "../../console/index.js";
import { UsageError } from "../errors.js";
import { readCertificates, readKey } from "../setting-files.js";
import type { SettingValues } from "../settings/index.js";

type TlsSettings = SettingValues<"tlsCertFile" | "tlsKeyFile">;
type Tls = NonNullable<ListenerOptions["tls"]>;

/** @throws UsageError naming the flag, and the file */
export async function listenerOptions(settings: TlsSettings & SettingValues<"trustProxy">): Promise<ListenerOptions> {
  return { tls: await readTls(settings), trustProxy: settings.trustProxy };
}

async function readTls({ tlsCertFile, tlsKeyFile }: TlsSettings): Promise<Tls | null> {
  if (tlsCertFile === null && tlsKeyFile === null) return null;
  if (tlsCertFile === null) throw new UsageError("--tls-cert-file: missing, and needed with --tls-key-file");
  if (tlsKeyFile === null) throw new UsageError("--tls-key-file: missing, and needed with --tls-cert-file");
  const flag = "--tls-cert-file";
  const cert = await readCertificates({ flag, file: tlsCertFile });
  return { cert, key: await readKey({ flag: "--tls-key-file", file: tlsKeyFile }, { flag, pem: cert }) };
}

/** Unsigned webhooks are for this machine alone. @throws UsageError */
export function refuseInsecure({ insecureLoopback, host }: SettingValues<"insecureLoopback" | "host">): void {
  if (!insecureLoopback || isLoopback(host)) return;
  throw new UsageError(
    `--insecure-loopback: goes with a listener on 127.0.0.1, not on ${host}: anybody could send events there`,
  );
}

/** A name such as localhost may stand for another address, too. */
function isLoopback(host: string): boolean {
  return (isIPv4(host) && host.startsWith("127.")) || host === "::1";
}
