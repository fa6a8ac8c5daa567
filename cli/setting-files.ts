/** Files that settings name, read and checked: a bad certificate otherwise shows as a handshake that fails. */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { UsageError } from "./errors.js";
import { printable } from "./output/text.js";

export interface SettingFile {
  /** The flag that named it, with its dashes. */
  readonly flag: string;
  readonly file: string;
}

/** @throws UsageError naming the flag and the file */
export async function readCertificates({ flag, file }: SettingFile): Promise<string> {
  const pem = await readSettingFile({ flag, file });
  checked({ flag, file }, "no certificate in PEM form", () => new X509Certificate(pem));
  return pem;
}

/** @param of the certificate that it must be the key of. @throws UsageError naming the flag and the file */
export async function readKey(
  { flag, file }: SettingFile,
  of: { readonly flag: string; readonly pem: string },
): Promise<string> {
  const pem = await readSettingFile({ flag, file });
  const key: KeyObject = checked({ flag, file }, "no private key in PEM form, or an encrypted one", () =>
    createPrivateKey(pem),
  );
  if (!new X509Certificate(of.pem).checkPrivateKey(key))
    throw new UsageError(`${flag}: ${printable(file)}: is not the key of the certificate in ${of.flag}`);
  return pem;
}

/** The text of a file that a setting names. @throws UsageError naming the flag and the file */
export async function readSettingFile({ flag, file }: SettingFile): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`${flag}: ${printable(file)}: cannot be read: ${printable(reason)}`, { cause });
  }
}

function checked<Parsed>({ flag, file }: SettingFile, problem: string, parse: () => Parsed): Parsed {
  try {
    return parse();
  } catch (cause) {
    throw new UsageError(`${flag}: ${printable(file)}: ${problem}`, { cause });
  }
}
