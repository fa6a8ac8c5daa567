/** The certificates and the key for the connections to brokers. */
import type { ConnectionOptions } from "node:tls";
import { UsageError } from "../errors.js";
import { readCertificates, readKey } from "../setting-files.js";
import type { SettingValues } from "../settings/index.js";

export type TlsSettings = SettingValues<"kafkaTls" | "kafkaCaFile" | "kafkaCertFile" | "kafkaKeyFile">;

/** @returns null without TLS. @throws UsageError naming the flag and the file */
export async function readTls(settings: TlsSettings): Promise<ConnectionOptions | null> {
  const { kafkaTls, kafkaCaFile, kafkaCertFile, kafkaKeyFile } = settings;
  if (kafkaTls === "off") {
    refuseWithoutTls(settings);
    return null;
  }
  const ca = kafkaCaFile === null ? null : await readCertificates({ flag: "--kafka-ca-file", file: kafkaCaFile });
  if (kafkaCertFile === null && kafkaKeyFile === null) return ca === null ? {} : { ca };
  if (kafkaCertFile === null) throw new UsageError("--kafka-cert-file: missing, and needed with --kafka-key-file");
  if (kafkaKeyFile === null) throw new UsageError("--kafka-key-file: missing, and needed with --kafka-cert-file");
  const flag = "--kafka-cert-file";
  const cert = await readCertificates({ flag, file: kafkaCertFile });
  const key = await readKey({ flag: "--kafka-key-file", file: kafkaKeyFile }, { flag, pem: cert });
  return { ...(ca === null ? {} : { ca }), cert, key };
}

/** Files for TLS without TLS: whoever gave them believes that the connection is encrypted. */
function refuseWithoutTls({ kafkaCaFile, kafkaCertFile, kafkaKeyFile }: TlsSettings): void {
  const files = {
    "--kafka-ca-file": kafkaCaFile,
    "--kafka-cert-file": kafkaCertFile,
    "--kafka-key-file": kafkaKeyFile,
  };
  for (const [flag, file] of Object.entries(files))
    if (file !== null) throw new UsageError(`${flag}: of no use without TLS: give --kafka-tls on too`);
}
