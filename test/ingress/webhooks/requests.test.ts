/** What becomes of single requests: what is taken, as what record, and with which answer the others are sent away. */
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { headerText } from "../../../runtime/task/index.js";
import { ask, type HeaderLines, RawConnection, rawPost } from "../../support/http/raw-connection.js";
import { BODIES, bytesOf, genuine, JSON_TYPE, SECRETS } from "./support/genuine.js";
import { startWebhooks, type WebhookHost } from "./support/host.js";

const [BODY = Buffer.alloc(0)] = BODIES.kustomer;
const [RASAYEL = Buffer.alloc(0)] = BODIES.rasayel;
const WEBHOOK = genuine("kustomer", BODY);
const ACCEPTED = { status: 202 };
const code = (answer: { readonly body: string } | null) => JSON.parse(answer?.body ?? "null")?.error?.code;

async function healthy({ address }: WebhookHost): Promise<boolean> {
  const answer = await ask(address, Buffer.from("GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n"));
  return answer?.status === 200;
}

describe("a genuine webhook", () => {
  it("becomes a record byte for byte, under its conversation's key, with its source and when it came", async () => {
    const host = await startWebhooks();
    const beganMs = Date.now();
    const webhooks = [WEBHOOK, genuine("belco", BODIES.belco[0] ?? BODY), genuine("rasayel", RASAYEL)];
    for (const webhook of webhooks) expect(await ask(host.address, bytesOf(webhook))).toMatchObject(ACCEPTED);
    expect(host.appended.map(({ value }) => Buffer.from(value ?? []))).toEqual(webhooks.map(({ body }) => body));
    expect(host.appended.map(({ key }) => String(Buffer.from(key ?? [])))).toEqual([
      "kustomer:5d2f98fec7a28e001a2cfe04:621e7d0534b1800f59590a62",
      "belco:G4ag3eGyiKibrGcM7:sSzxq7tMBFmCY28o8",
      "rasayel:1:1",
    ]);
    for (const { headers, timestamp, topic } of host.appended) {
      expect(topic).toBe("raw-events");
      expect(headerText(headers, "received-at")).toBe(String(timestamp));
      expect(timestamp).toBeGreaterThanOrEqual(beganMs);
    }
    expect(host.appended.map(({ headers }) => headerText(headers, "source"))).toEqual(["kustomer", "belco", "rasayel"]);
  });

  it("is taken although nobody can read it: what is wrong with it is said where its bytes are kept", async () => {
    const host = await startWebhooks();
    const body = Buffer.from("no JSON \xff", "latin1");
    expect(await ask(host.address, bytesOf(genuine("kustomer", body)))).toMatchObject(ACCEPTED);
    expect(host.appended.map(({ key, value }) => [key, Buffer.from(value ?? [])])).toEqual([[null, body]]);
  });

  it("is taken when it comes in chunks, byte by byte, with an empty body, or asking first", async () => {
    const host = await startWebhooks();
    const [, [name = "", value = ""] = []] = WEBHOOK.headers;
    const head = `POST /webhooks/kustomer HTTP/1.1\r\nhost: x\r\ncontent-type: Application/JSON; charset=utf-8\r\n${name.toUpperCase()}: ${value}\r\n`;
    const chunked = await RawConnection.open(host.address);
    await chunked.write(`${head}transfer-encoding: chunked\r\n\r\n`);
    for (const byte of BODY) await chunked.write(`1\r\n${String.fromCharCode(byte)}\r\n`);
    await chunked.write("0\r\n\r\n");
    expect(await chunked.answer()).toMatchObject(ACCEPTED);
    chunked.close();
    expect(await ask(host.address, bytesOf(genuine("kustomer", Buffer.alloc(0))))).toMatchObject(ACCEPTED);
    const asking = await RawConnection.open(host.address);
    await asking.write(`${head}expect: 100-continue\r\ncontent-length: ${BODY.length}\r\n\r\n`);
    expect(await asking.answer()).toMatchObject({ status: 100 });
    await asking.write(BODY);
    expect(await asking.answer()).toMatchObject(ACCEPTED);
    asking.close();
    expect(host.appended.map(({ value: stored }) => stored?.length)).toEqual([BODY.length, 0, BODY.length]);
  });

  it("of Rasayel shows its secret in a header or in the path, whatever its characters", async () => {
    const secret = "geh\u00e9im/ %\u4e16+&";
    const host = await startWebhooks({ settings: { secrets: { ...SECRETS, rasayel: [secret] } } });
    const inPath = (text: string) => rawPost(`/webhooks/rasayel/${text}`, [JSON_TYPE], RASAYEL);
    expect(await ask(host.address, bytesOf(genuine("rasayel", RASAYEL, secret)))).toMatchObject(ACCEPTED);
    expect(await ask(host.address, inPath(encodeURIComponent(secret)))).toMatchObject(ACCEPTED);
    expect(await ask(host.address, inPath(encodeURIComponent(secret).toLowerCase()))).toMatchObject(ACCEPTED);
    expect(await ask(host.address, inPath(encodeURIComponent(`${secret}x`)))).toMatchObject({ status: 401 });
    expect((await ask(host.address, inPath("%zz")))?.status).toBe(400);
    expect(host.appended).toHaveLength(3);
  });

  it("is taken unsigned only where that was asked for, and only for sources without secrets", async () => {
    const secrets = { ...SECRETS, kustomer: null };
    const unsigned = (source: string) => rawPost(`/webhooks/${source}`, [JSON_TYPE], BODY);
    const strict = await startWebhooks({ settings: { secrets } });
    const answer = await ask(strict.address, unsigned("kustomer"));
    expect([answer?.status, code(answer)]).toEqual([404, "UNKNOWN_SOURCE"]);
    const open = await startWebhooks({ settings: { secrets, takesUnsigned: true } });
    expect(await ask(open.address, unsigned("kustomer"))).toMatchObject(ACCEPTED);
    expect(await ask(open.address, unsigned("belco"))).toMatchObject({ status: 401 });
    expect([strict.appended.length, open.appended.length]).toEqual([0, 1]);
  });
});

describe("a request is refused", () => {
  const post = (headers: HeaderLines, body = BODY) => rawPost("/webhooks/kustomer", headers, body);
  const [, SIGNATURE = JSON_TYPE] = WEBHOOK.headers;

  it.each<[string, HeaderLines]>([
    ["another content type", [["content-type", "text/plain"], SIGNATURE]],
    ["a type that begins like it", [["content-type", "application/jsonx"], SIGNATURE]],
    ["no content type", [SIGNATURE]],
    ["a compressed body", [JSON_TYPE, SIGNATURE, ["content-encoding", "gzip"]]],
  ])("with 415 for %s", async (_, headers) => {
    const host = await startWebhooks();
    const answer = await ask(host.address, post(headers));
    expect([answer?.status, code(answer)]).toEqual([415, "UNSUPPORTED_MEDIA_TYPE"]);
    expect(host.appended).toEqual([]);
  });

  it("with 413 by its declared length, before its body has come", async () => {
    const host = await startWebhooks({ settings: { maxBodyBytes: 1_024 } });
    const connection = await RawConnection.open(host.address);
    await connection.write(post([JSON_TYPE, SIGNATURE], Buffer.alloc(1_025)).subarray(0, -1_025));
    const answer = await connection.answer();
    expect([answer?.status, code(answer)]).toEqual([413, "BODY_TOO_LARGE"]);
    connection.close();
  });

  it("with 413 when it grows too large in chunks, and not one byte before", async () => {
    const host = await startWebhooks({ settings: { maxBodyBytes: 1_024 } });
    const largest = genuine("kustomer", Buffer.alloc(1_024, " "));
    const [, [name = "", value = ""] = []] = largest.headers;
    const head = `POST /webhooks/kustomer HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${name}: ${value}\r\ntransfer-encoding: chunked\r\n\r\n`;
    const chunks = (count: number) => `10\r\n${" ".repeat(16)}\r\n`.repeat(count);
    expect(await ask(host.address, Buffer.from(`${head}${chunks(64)}0\r\n\r\n`))).toMatchObject(ACCEPTED);
    const answer = await ask(host.address, Buffer.from(`${head}${chunks(64)}1\r\n \r\n`));
    expect([answer?.status, code(answer)]).toEqual([413, "BODY_TOO_LARGE"]);
    expect(host.appended).toHaveLength(1);
  });

  it("with 404 for other paths and methods", async () => {
    const host = await startWebhooks();
    for (const path of ["/webhooks", "/webhooks/zendesk", "/webhooks/kustomer/x", "/webhooks/kustomerx"])
      expect((await ask(host.address, rawPost(path, WEBHOOK.headers, Buffer.from("{}"))))?.status).toBe(404);
    const get = Buffer.from("GET /webhooks/kustomer HTTP/1.1\r\nhost: x\r\n\r\n");
    expect((await ask(host.address, get))?.status).toBe(404);
  });

  it("with 503 and Retry-After when its record cannot be written, and the log says why", async () => {
    const error = new Error("the disk is full");
    const host = await startWebhooks({ append: () => Promise.reject(error) });
    const answer = await ask(host.address, bytesOf(WEBHOOK));
    expect([answer?.status, code(answer), answer?.headers["retry-after"]]).toEqual([503, "NOT_DURABLE", "1"]);
    expect(host.failedWrites).toEqual([error]);
  });

  it("with 503 when its record is not durable in time", async () => {
    let goOn: () => void = () => undefined;
    const append = () =>
      new Promise<void>((resolve) => {
        goOn = resolve;
      });
    const host = await startWebhooks({ append, settings: { intake: { durableWithinMs: 10 } } });
    const answer = await ask(host.address, bytesOf(WEBHOOK));
    expect([answer?.status, code(answer), answer?.headers["retry-after"]]).toEqual([503, "NOT_DURABLE", "1"]);
    goOn();
  });
});

describe("bodies that are slow", () => {
  it("hold what they have sent, give it back when their sender goes, and cost more than they are long", async () => {
    const host = await startWebhooks();
    const held = async () => {
      const text = await host.registry.metrics();
      return Number(/^queue_ratchet_webhook_queue_bytes (\d+)$/m.exec(text)?.[1]);
    };
    const connection = await RawConnection.open(host.address);
    const bytes = bytesOf(WEBHOOK);
    await connection.write(bytes.subarray(0, -20));
    await until(async () => (await held()) > BODY.length - 20);
    connection.close();
    await until(async () => (await held()) === 0);
    expect(host.appended).toEqual([]);
    expect(await healthy(host)).toBe(true);
  });
});

describe("when too much is under way", () => {
  it("others are sent away with 503 and Retry-After, on a connection that goes on; health is still told", async () => {
    let goOn: () => void = () => undefined;
    const stuck = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const host = await startWebhooks({
      append: () => stuck,
      settings: { budget: { maxBytes: 1_000_000, maxRequests: 2 } },
    });
    const waiting = [ask(host.address, bytesOf(WEBHOOK)), ask(host.address, bytesOf(WEBHOOK))];
    const connection = await RawConnection.open(host.address);
    await until(async () => {
      await connection.write(rawPost("/webhooks/belco", [], Buffer.from("{}")));
      return (await connection.answer())?.status === 503;
    });
    for (const body of [BODY, Buffer.alloc(100_000)]) {
      await connection.write(rawPost("/webhooks/kustomer", WEBHOOK.headers, body));
      expect(await connection.answer()).toMatchObject({ status: 503, headers: { "retry-after": "1" } });
    }
    expect(await healthy(host)).toBe(true);
    goOn();
    for (const answer of waiting) expect(await answer).toMatchObject(ACCEPTED);
    await connection.write(bytesOf(WEBHOOK));
    expect(await connection.answer()).toMatchObject(ACCEPTED);
    connection.close();
    const text = await host.registry.metrics();
    expect(text).toContain('queue_ratchet_webhook_requests_total{source="kustomer",status="503"} 2\n');
    expect(text).toContain('queue_ratchet_webhook_requests_total{source="kustomer",status="202"} 3\n');
    expect(host.rejected.some(({ source, reason }) => source === "kustomer" && reason === "BUSY")).toBe(true);
  });

  it("bodies that together take up too much are sent away while they come", async () => {
    const host = await startWebhooks({ settings: { budget: { maxBytes: 50_000, maxRequests: 100 } } });
    const large = genuine("kustomer", Buffer.alloc(30_000, " "));
    const first = await RawConnection.open(host.address);
    await first.write(bytesOf(large).subarray(0, -1));
    await until(async () => /queue_bytes 3\d{4}$/m.test(await host.registry.metrics()));
    const answer = await ask(host.address, bytesOf(large));
    expect([answer?.status, code(answer), answer?.headers["retry-after"]]).toEqual([503, "BUSY", "1"]);
    await first.write(" ");
    expect(await first.answer()).toMatchObject(ACCEPTED);
    first.close();
  });
});

const WITHIN_MS = 20_000;

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (const untilMs = performance.now() + WITHIN_MS; !(await isSo()); await delay(5))
    expect(performance.now()).toBeLessThan(untilMs);
}
