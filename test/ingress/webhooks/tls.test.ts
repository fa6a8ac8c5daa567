/** Webhooks over TLS. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { describeWith } from "../../support/describe-with.js";
import { ask, RawConnection } from "../../support/http/raw-connection.js";
import { runToEnd } from "../../support/kafka/processes/index.js";
import { onPath } from "../../support/on-path.js";
import { BODIES, bytesOf, genuine } from "./support/genuine.js";
import { startWebhooks } from "./support/host.js";

const [BODY = Buffer.alloc(0)] = BODIES.kustomer;
const missing = onPath("openssl") ? [] : ["openssl is not installed, which makes the certificate"];

async function makeTls(): Promise<{ readonly cert: string; readonly key: string }> {
  const cwd = await mkdtemp(join(tmpdir(), "queue-ratchet-tls-"));
  onTestFinished(() => rm(cwd, { recursive: true, force: true }));
  const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  const made = ["-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "cert.pem", "-days", "2"];
  await runToEnd("openssl", ["req", "-x509", ...made, ...names], { timeoutMs: 30_000, cwd });
  return { cert: await readFile(join(cwd, "cert.pem"), "utf8"), key: await readFile(join(cwd, "key.pem"), "utf8") };
}

describeWith("with a certificate", missing, () => {
  it("webhooks come over TLS, and over nothing else; who does not shake hands does not hold up others", async () => {
    const host = await startWebhooks({ listener: { tls: await makeTls() } });
    const { host: name, port } = host.address;
    const silent = await RawConnection.open({ host: name, port });
    expect(await ask(host.address, bytesOf(genuine("kustomer", BODY)))).toMatchObject({ status: 202 });
    const plain = await RawConnection.open({ host: name, port });
    await plain.write(bytesOf(genuine("kustomer", BODY)));
    expect((await plain.answers()).filter(({ status }) => status < 400)).toEqual([]);
    expect(host.appended).toHaveLength(1);
    silent.close();
  });
});
