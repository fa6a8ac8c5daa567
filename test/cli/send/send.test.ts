/** `queue-ratchet send`: documents signed as their source does, posted again while the service is busy, and what is said of the rest. */
import { createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { BELCO, INCIDENT, RASAYEL, run } from "../../support/program.js";

interface Received {
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

type Answer = (received: Received, before: number) => { readonly status: number; readonly retryAfter?: string };

/** A server that answers as it is told to, and keeps what it received. */
async function serverWith(answer: Answer) {
  const received: Received[] = [];
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const one = { url: request.url ?? "", headers: request.headers, body: Buffer.concat(chunks) };
    const before = received.filter(({ body }) => body.equals(one.body)).length;
    received.push(one);
    const { status, retryAfter } = answer(one, before);
    response.writeHead(status, retryAfter === undefined ? {} : { "retry-after": retryAfter });
    response.end(JSON.stringify({ error: { code: "SAID", message: "so" } }));
  };
  const server = createServer((request, response) => void take(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const accepted: Answer = () => ({ status: 202 });

it("posts each document of a file once, byte for byte, signed with the first secret", async () => {
  const { received, url } = await serverWith(accepted);
  const ended = await run(["send", "--source", "kustomer", "--kustomer-secrets", "new,old", "--url", url, INCIDENT]);
  expect(ended).toMatchObject({ code: 0, stdout: "" });
  expect(ended.stderr).toContain("13 documents accepted");
  expect(received).toHaveLength(13);
  for (const { url: path, headers, body } of received) {
    expect(path).toBe("/webhooks/kustomer");
    const signature = createHmac("sha256", "new").update(body).digest("hex");
    expect(headers).toMatchObject({
      "content-type": "application/json",
      "x-kustomer-webhook-signature": signature,
    });
  }
});

it("signs for Belco, shows Rasayel's secret, and sends unsigned without one", async () => {
  const { received, url } = await serverWith(accepted);
  await run(["send", "--source", "belco", "--belco-secrets", "b", "--url", url, BELCO]);
  await run(["send", "--source", "rasayel", "--rasayel-secrets", "r", "--url", `${url}/`, RASAYEL]);
  await run(["send", "--source", "rasayel", "--url", url, RASAYEL]);
  const [belco] = received;
  const signature = createHmac("sha256", "b")
    .update(belco?.body ?? "")
    .digest("hex");
  expect(belco?.headers["x-hook-signature"]).toBe(signature);
  expect(received.slice(6).map(({ headers }) => headers["x-queue-ratchet-secret"])).toEqual(["r", undefined]);
});

it("posts again while the service is busy, and not before it asked for it", async () => {
  const times: number[] = [];
  const { url } = await serverWith((_, before) => {
    times.push(performance.now());
    return before === 0 ? { status: 503, retryAfter: "1" } : { status: before === 1 ? 429 : 202 };
  });
  const ended = await run(["send", "--source", "rasayel", "--url", url, RASAYEL]);
  expect(ended.code).toBe(0);
  expect(ended.stderr).toContain("1 document accepted, 2 tries repeated");
  const [first = 0, second = 0] = times;
  expect(second - first).toBeGreaterThan(950);
});

it("gives a document up that is refused, names it, and sends the others", async () => {
  const { received, url } = await serverWith(({ body }) => ({ status: body.includes('"close"') ? 413 : 202 }));
  const ended = await run(["send", "--source", "belco", "--url", url, BELCO]);
  expect(ended.code).toBe(1);
  expect(received).toHaveLength(6);
  expect(ended.stderr).toMatch(/belco-events\.ndjson:\d: status 413 SAID: so/);
  expect(ended.stderr).toMatch(/5 documents accepted, 1 not accepted$/m);
});

it("stops at a wrong secret: every other document would be refused too", async () => {
  const { received, url } = await serverWith(() => ({ status: 401 }));
  const ended = await run(["send", "--source", "kustomer", "--at-once", "1", "--url", url, INCIDENT]);
  expect(ended.code).toBe(1);
  expect(received).toHaveLength(1);
  expect(ended.stderr).toContain("kustomer-incident.ndjson:1: status 401 SAID: so");
  expect(ended.stderr).toContain("0 documents accepted, 1 not accepted, the rest not sent");
});

it("says that nobody answers, after as many tries as it was given", async () => {
  const ended = await run(["send", "--source", "rasayel", "--tries", "2", "--url", "http://127.0.0.1:9", RASAYEL]);
  expect(ended.code).toBe(1);
  expect(ended.stderr).toMatch(/no answer: .* \(tried 2 times\)/);
});

it("names what cannot be read, and sends the rest", async () => {
  const { received, url } = await serverWith(accepted);
  const ended = await run(["send", "--source", "rasayel", "--url", url, "nowhere.json", RASAYEL]);
  expect(ended.code).toBe(2);
  expect(ended.stderr).toContain("nowhere.json: Cannot read");
  expect(received).toHaveLength(1);
});

it.each([
  [["--source", "zendesk", "x"], "--source"],
  [["x"], "--source"],
  [["--source", "belco", "--at-once", "0", "x"], "--at-once"],
  [["--source", "belco", "--tries", "many", "x"], "--tries"],
  [["--source", "belco", "--url", "ftp://x", "x"], "--url"],
  [["--source", "belco", "--belco-secrets", "a,", "x"], "--belco-secrets"],
])("takes %j for wrong use, and names %s", async (args, flag) => {
  const ended = await run(["send", ...args]);
  expect(ended.code).toBe(2);
  expect(ended.stderr).toContain(flag);
});
