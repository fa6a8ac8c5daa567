/** The certificates and the key that the settings name, read and checked: a bad one otherwise shows as a handshake that fails. */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { ConnectionOptions } from "node:tls";
import { UsageError } from "../errors.js";
import { printable } from "../output/text.js";
import type { SettingValues } from "../settings/index.js";

export type TlsSettings = SettingValues<"kafkaTls" | "kafkaCaFile" | "kafkaCertFile" | "kafkaKeyFile">;

/** @returns null without TLS. @throws UsageError naming the flag and the file */
export async function readTls(settings: TlsSettings): Promise<ConnectionOptions | null> {
  const { kafkaTls, kafkaCaFile, kafkaCertFile, kafkaKeyFile } = settings;
  if (kafkaTls === "off") {
    refuseWithoutTls(settings);
    return null;
  }
  const ca = kafkaCaFile === null ? null : await readCertificates("--kafka-ca-file", kafkaCaFile);
  if (kafkaCertFile === null && kafkaKeyFile === null) return ca === null ? {} : { ca };
  if (kafkaCertFile === null) throw new UsageError("--kafka-cert-file: missing, and needed with --kafka-key-file");
  if (kafkaKeyFile === null) throw new UsageError("--kafka-key-file: missing, and needed with --kafka-cert-file");
  const cert = await readCertificates("--kafka-cert-file", kafkaCertFile);
  const key = await readKey("--kafka-key-file", kafkaKeyFile, cert);
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

async function readCertificates(flag: string, file: string): Promise<string> {
  const pem = await readText(flag, file);
  checked(flag, file, "no certificate in PEM form", () => new X509Certificate(pem));
  return pem;
}

async function readKey(flag: string, file: string, certificates: string): Promise<string> {
  const pem = await readText(flag, file);
  const key: KeyObject = checked(flag, file, "no private key in PEM form, or an encrypted one", () =>
    createPrivateKey(pem),
  );
  if (!new X509Certificate(certificates).checkPrivateKey(key))
    throw new UsageError(`${flag}: ${printable(file)}: is not the key of the certificate in --kafka-cert-file`);
  return pem;
}

async function readText(flag: string, file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`${flag}: ${printable(file)}: cannot be read: ${printable(reason)}`, { cause });
  }
}

function checked<Parsed>(flag: string, file: string, problem: string, parse: () => Parsed): Parsed {
  try {
    return parse();
  } catch (cause) {
    throw new UsageError(`${flag}: ${printable(file)}: ${problem}`, { cause });
  }
}
