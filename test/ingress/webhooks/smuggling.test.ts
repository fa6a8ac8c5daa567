/** Several requests in one segment, and bytes that two readers could take for different requests. */
import { describe, expect, it } from "vitest";
import { type RawAnswer, RawConnection } from "../../support/http/raw-connection.js";
import { BODIES, bytesOf, genuine } from "./support/genuine.js";
import { startWebhooks, type WebhookHost } from "./support/host.js";

const [BODY = Buffer.alloc(0), OTHER = Buffer.alloc(0)] = BODIES.kustomer;
const OUTER = genuine("kustomer", BODY);
const [, [NAME = "", SIGNATURE = ""] = []] = OUTER.headers;
/** What is hidden behind or in another request. */
const HIDDEN = bytesOf(genuine("kustomer", OTHER)).toString("latin1");
const TEXT = BODY.toString("latin1");
const LENGTH = BODY.length;

/** The listener closes the connection behind it. */
const HEALTH = "GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";

/** The answers to the bytes, up to so many, or until the listener closes the connection. */
async function answersTo({ address }: WebhookHost, bytes: string, count: number): Promise<readonly RawAnswer[]> {
  const connection = await RawConnection.open(address);
  await connection.write(bytes);
  const answers: RawAnswer[] = [];
  while (answers.length < count) {
    const answer = await connection.answer();
    if (answer === null) break;
    answers.push(answer);
  }
  connection.close();
  return answers;
}

const head = (...lines: readonly string[]) =>
  ["POST /webhooks/kustomer HTTP/1.1", "host: x", "content-type: application/json", `${NAME}: ${SIGNATURE}`, ...lines]
    .map((line) => `${line}\r\n`)
    .join("");
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;

describe("webhooks in one segment", () => {
  it("are answered in their order, each for itself", async () => {
    const host = await startWebhooks();
    const bodies = Array.from({ length: 12 }, (_, index) => BODIES.kustomer[index % BODIES.kustomer.length] ?? BODY);
    const segment = bodies.map((body, index) => {
      const webhook = genuine("kustomer", body, index % 4 === 3 ? "a wrong secret" : undefined);
      return bytesOf(webhook).toString("latin1");
    });
    const answers = await answersTo(host, segment.join(""), bodies.length);
    expect(answers.map(({ status }) => status)).toEqual(bodies.map((_, index) => (index % 4 === 3 ? 401 : 202)));
    const accepted = bodies.filter((_, index) => index % 4 !== 3);
    expect(host.appended.map(({ value }) => Buffer.from(value ?? []))).toEqual(accepted);
  });

  it("are answered in their order when the first takes longest", async () => {
    let calls = 0;
    const append = async () => {
      calls += 1;
      if (calls === 1) await new Promise((resolve) => setTimeout(resolve, 50));
    };
    const host = await startWebhooks({ append });
    const answers = await answersTo(host, `${bytesOf(OUTER).toString("latin1")}${HEALTH}`, 2);
    expect(answers.map(({ status, body }) => [status, body.includes("engine")])).toEqual([
      [202, false],
      [200, true],
    ]);
  });
});

/** Nothing of these is taken, and the connection is closed: whatever comes behind them is nobody's request. */
const REFUSED: readonly (readonly [name: string, bytes: string])[] = [
  [
    "a length and chunks",
    `${head(`content-length: ${LENGTH}`, "transfer-encoding: chunked")}\r\n${chunk(TEXT)}0\r\n\r\n`,
  ],
  ["chunks and a length", `${head("transfer-encoding: chunked", `content-length: ${LENGTH}`)}\r\n0\r\n\r\n`],
  ["two lengths", `${head(`content-length: ${LENGTH}`, "content-length: 0")}\r\n${TEXT}`],
  ["two equal lengths", `${head(`content-length: ${LENGTH}`, `content-length: ${LENGTH}`)}\r\n${TEXT}`],
  ["two lengths in one line", `${head(`content-length: ${LENGTH}, ${LENGTH}`)}\r\n${TEXT}`],
  ["a length with a sign", `${head(`content-length: +${LENGTH}`)}\r\n${TEXT}`],
  ["a negative length", `${head("content-length: -1")}\r\n${TEXT}`],
  ["a hexadecimal length", `${head(`content-length: 0x${LENGTH.toString(16)}`)}\r\n${TEXT}`],
  ["an endless length", `${head("content-length: 99999999999999999999999")}\r\n${TEXT}`],
  ["a space before the colon", `${head(`content-length : ${LENGTH}`)}\r\n${TEXT}`],
  ["a folded header", `${head("x-folded: a", " b", `content-length: ${LENGTH}`)}\r\n${TEXT}`],
  ["a folded encoding", `${head("transfer-encoding:", " chunked")}\r\n${chunk(TEXT)}0\r\n\r\n`],
  ["an encoding that is not chunked", `${head("transfer-encoding: xchunked")}\r\n${chunk(TEXT)}0\r\n\r\n`],
  ["chunked, and then another encoding", `${head("transfer-encoding: chunked, identity")}\r\n${chunk(TEXT)}0\r\n\r\n`],
  ["lines that end with a line feed", `${head(`content-length: ${LENGTH}`).replaceAll("\r\n", "\n")}\n${TEXT}`],
  ["a line feed within a header", `${head(`x-a: b\ncontent-length: ${LENGTH}`)}\r\n${TEXT}`],
  ["a carriage return within a header", `${head(`x-a: b\rc`, `content-length: ${LENGTH}`)}\r\n${TEXT}`],
  ["a zero byte in a header", `${head("x-a: b\0c", `content-length: ${LENGTH}`)}\r\n${TEXT}`],
  [
    "a chunk whose size overflows",
    `${head("transfer-encoding: chunked")}\r\n10000000000000000\r\n${TEXT}\r\n0\r\n\r\n`,
  ],
  ["a chunk with a negative size", `${head("transfer-encoding: chunked")}\r\n-1\r\n${TEXT}\r\n0\r\n\r\n`],
  ["a chunk size with 0x", `${head("transfer-encoding: chunked")}\r\n0x10\r\n${TEXT}\r\n0\r\n\r\n`],
  ["a chunk that is longer than it says", `${head("transfer-encoding: chunked")}\r\n1\r\n${TEXT}\r\n0\r\n\r\n`],
  ["another protocol", head(`content-length: ${LENGTH}`).replace("HTTP/1.1", "HTTP/3.9").concat(`\r\n${TEXT}`)],
  ["a space in the path", head(`content-length: ${LENGTH}`).replace("kustomer ", "kust omer ").concat(`\r\n${TEXT}`)],
  ["too many header bytes", `${head(`x-a: ${"a".repeat(20_000)}`, `content-length: ${LENGTH}`)}\r\n${TEXT}`],
  ["HTTP/2 without being asked", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
  ["TLS where none is spoken", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"],
];

/** Each of these is one request and no more, and what comes behind it is another. */
const ONE_REQUEST: readonly (readonly [name: string, bytes: string, status: number])[] = [
  [
    "a request hidden in a body",
    `POST /webhooks/kustomer HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${NAME}: ${SIGNATURE}\r\ncontent-length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
    401,
  ],
  ["a body behind a GET", `GET /healthz HTTP/1.1\r\nhost: x\r\ncontent-length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`, 200],
  [
    "the absolute form of the path",
    `${head(`content-length: ${LENGTH}`).replace("/webhooks/kustomer", "http://x/webhooks/kustomer")}\r\n${TEXT}`,
    202,
  ],
  ["two hosts", `${head("host: y", `content-length: ${LENGTH}`)}\r\n${TEXT}`, 202],
  [
    "extensions and trailers of chunks",
    `${head("transfer-encoding: chunked")}\r\n${LENGTH.toString(16)};a=b\r\n${TEXT}\r\n0\r\nx-t: ${SIGNATURE}\r\n\r\n`,
    202,
  ],
];

describe("bytes that two readers could take for different requests:", () => {
  it.each(REFUSED)("%s", async (_, bytes) => {
    const host = await startWebhooks();
    const answers = await answersTo(host, bytes + HIDDEN, 2);
    expect(answers.length).toBeLessThanOrEqual(1);
    for (const { status, headers } of answers) {
      expect([400, 431, 501, 505]).toContain(status);
      expect(headers.connection).toBe("close");
    }
    expect(host.appended).toEqual([]);
  });

  it.each(ONE_REQUEST)("%s", async (_, bytes, status) => {
    const host = await startWebhooks();
    const answers = await answersTo(host, bytes + HEALTH, 3);
    expect(answers.map((answer) => answer.status)).toEqual([status, 200]);
    const taken = host.appended.map(({ value }) => Buffer.from(value ?? []));
    expect(taken).toEqual(status === 202 ? [BODY] : []);
  });
});
