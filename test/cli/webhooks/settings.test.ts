/** The settings of the webhooks: secrets from flags and files, what is refused, and that none of it shows a secret. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UsageError } from "../../../cli/errors.js";
import { SETTINGS } from "../../../cli/settings/index.js";
import { listenerOptions, refuseInsecure } from "../../../cli/webhooks/listener.js";
import { type SecretSettings, webhookSecrets } from "../../../cli/webhooks/secrets.js";
import { run } from "../../support/program.js";

const NONE: SecretSettings = {
  kustomerSecrets: null,
  kustomerSecretsFile: null,
  rasayelSecrets: null,
  rasayelSecretsFile: null,
  belcoSecrets: null,
  belcoSecretsFile: null,
};
const SECRET = "not-to-be-seen";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "secrets-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function fileWith(text: string): Promise<string> {
  const file = join(folder, `${Math.abs(text.length)}-${Buffer.from(text).toString("hex").slice(0, 60)}`);
  await writeFile(file, text);
  return file;
}

describe("secrets", () => {
  const { schema } = SETTINGS.kustomerSecrets;

  it.each([
    ["a", ["a"]],
    ["a,b,c", ["a", "b", "c"]],
    [" a , b ", ["a", "b"]],
    [
      ["a,b", "c"],
      ["a,b", "c"],
    ],
  ])("%j are %j", (given, secrets) => {
    expect(schema.parse(given)).toEqual(secrets);
  });

  it.each([[""], [","], ["a,,b"], ["a,"], ["a,b,c,d"], [[]], [[""]], [["a", " "]], [7]])("%j are refused", (given) => {
    expect(schema.safeParse(given).success).toBe(false);
  });

  it("of a source that has none are none", async () => {
    expect(await webhookSecrets({ ...NONE, belcoSecrets: ["b"] })).toEqual({
      kustomer: null,
      rasayel: null,
      belco: ["b"],
    });
  });

  it.each([["one\n"], ["one"], ["one\r\n"]])("are the lines of a file: %j", async (text) => {
    const settings = { ...NONE, kustomerSecretsFile: await fileWith(text) };
    expect((await webhookSecrets(settings)).kustomer).toEqual(["one"]);
  });

  it("are up to three lines", async () => {
    const settings = { ...NONE, rasayelSecretsFile: await fileWith("a,b\nc\r\nd\n") };
    expect((await webhookSecrets(settings)).rasayel).toEqual(["a,b", "c", "d"]);
  });

  it.each([[""], ["\n"], [`${SECRET}\n\n`], [`${SECRET}\nb\nc\nd\n`]])(
    "in a file with %j are refused, and not shown",
    async (text) => {
      const refused = webhookSecrets({ ...NONE, kustomerSecretsFile: await fileWith(text) });
      await expect(refused).rejects.toThrow(UsageError);
      await expect(refused).rejects.toThrow(/^--kustomer-secrets-file: .*expected one to 3 lines/);
      await expect(refused).rejects.not.toThrow(SECRET);
    },
  );

  it("come from one place", async () => {
    const both = webhookSecrets({ ...NONE, belcoSecrets: [SECRET], belcoSecretsFile: await fileWith("b") });
    await expect(both).rejects.toThrow("--belco-secrets-file: there are secrets from --belco-secrets, too");
    await expect(both).rejects.not.toThrow(SECRET);
  });

  it("in a file that is not there: it is named", async () => {
    const refused = webhookSecrets({ ...NONE, belcoSecretsFile: "/nowhere" });
    await expect(refused).rejects.toThrow("--belco-secrets-file: /nowhere: cannot be read: ENOENT");
  });

  it("are not printed by config, and not when they are refused", async () => {
    const shown = await run(["config", "--json"], { env: { QUEUE_RATCHET_BELCO_SECRETS: SECRET } });
    expect(JSON.parse(shown.stdout).belcoSecrets).toMatchObject({ origin: "environment", value: "********" });
    const refused = await run(["start", "--kustomer-secrets", `${SECRET},`]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("--kustomer-secrets: bad value: expected one to 3 secrets");
    expect(shown.stdout + refused.stderr).not.toContain(SECRET);
  });
});

describe("--insecure-loopback", () => {
  it.each(["127.0.0.1", "127.1.2.3", "::1"])("goes with a listener on %s", (host) => {
    expect(() => refuseInsecure({ insecureLoopback: true, host })).not.toThrow();
  });

  it.each(["0.0.0.0", "::", "localhost", "10.0.0.1", "127.evil.example"])("is refused on %s", (host) => {
    expect(() => refuseInsecure({ insecureLoopback: true, host })).toThrow(/^--insecure-loopback: .*127\.0\.0\.1/);
    expect(() => refuseInsecure({ insecureLoopback: false, host })).not.toThrow();
  });

  it("takes a word in a variable and a truth value in a file", () => {
    const { schema } = SETTINGS.insecureLoopback;
    expect(["true", "1", "false", "0", true, false].map((given) => schema.parse(given))).toEqual([
      true,
      true,
      false,
      false,
      true,
      false,
    ]);
    for (const given of ["yes", "", 1, null]) expect(schema.safeParse(given).success).toBe(false);
  });
});

describe("the listener", () => {
  const PLAIN = { tlsCertFile: null, tlsKeyFile: null, trustProxy: null };

  it.each([
    [{ tlsCertFile: "x" }, "--tls-key-file: missing, and needed with --tls-cert-file"],
    [{ tlsKeyFile: "x" }, "--tls-cert-file: missing, and needed with --tls-key-file"],
    [{ tlsCertFile: "/nowhere", tlsKeyFile: "/nowhere" }, "--tls-cert-file: /nowhere: cannot be read"],
  ])("with %j is refused", async (settings, message) => {
    await expect(listenerOptions({ ...PLAIN, ...settings })).rejects.toThrow(message);
  });

  it.each(["10.0.0.1", "10.0.0.0/8,::1", "fd00::/8"])("believes proxies at %s", (given) => {
    expect(SETTINGS.trustProxy.schema.parse(given)).toEqual(given.split(","));
  });

  it.each(["true", "", "10.0.0.0/33", "10.0.0.0/8/8", "example.org", "::1/129"])(
    "believes no proxies at %j",
    (given) => {
      expect(SETTINGS.trustProxy.schema.safeParse(given).success).toBe(false);
    },
  );
});
