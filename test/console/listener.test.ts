/** The HTTP listener: what is no HTTP, and how it closes. */
import { expect, it, onTestFinished } from "vitest";
import { closeListener, listen, newListener } from "../../console/index.js";
import { type Address, ask, RawConnection } from "../support/http/raw-connection.js";

/** Idle connections are closed at once; what is left is cut off after some seconds only. */
const CLOSES_WITHIN_MS = 3_000;

async function start(): Promise<{ readonly address: Address; close(): Promise<void> }> {
  const app = newListener(() => undefined);
  app.get("/", async () => ({ status: "ok" }));
  const [host = "", port] = (await listen(app, { host: "127.0.0.1", port: 0, setting: "port" })).split(":");
  let closing: Promise<void> | null = null;
  const close = () => {
    closing ??= closeListener(app);
    return closing;
  };
  onTestFinished(close);
  return { address: { host, port: Number(port) }, close };
}

it.each([
  ["what is no HTTP", "hello\r\n\r\n", 400, "BAD_REQUEST"],
  [
    "a head that is too large",
    `GET / HTTP/1.1\r\nhost: x\r\nx-a: ${"a".repeat(20_000)}\r\n\r\n`,
    431,
    "HEADERS_TOO_LARGE",
  ],
])("answers %s with the body that all errors have, and closes the connection", async (_, bytes, status, code) => {
  const { address } = await start();
  const connection = await RawConnection.open(address);
  await connection.write(bytes);
  const [answer, ...more] = await connection.answers();
  connection.close();
  expect(answer).toMatchObject({ status, headers: { connection: "close" } });
  expect(JSON.parse(answer?.body ?? "")).toMatchObject({ error: { code } });
  expect(more).toEqual([]);
});

it("closes at once although there are connections that never asked, or have asked and are kept", async () => {
  const { address, close } = await start();
  const question = Buffer.from("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  const silent = await Promise.all(Array.from({ length: 5 }, () => RawConnection.open(address)));
  const kept = await RawConnection.open(address);
  await kept.write(question);
  expect(await kept.answer()).toMatchObject({ status: 200 });
  expect(await ask(address, question)).toMatchObject({ status: 200 });
  const beganMs = performance.now();
  await close();
  expect(performance.now() - beganMs).toBeLessThan(CLOSES_WITHIN_MS);
  await Promise.all([...silent, kept].map(({ closed }) => closed));
});
