/** The operator endpoint of a service: where it says that it is, who reaches it, and what a command does without it. */
import { chmod, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { FailedError } from "../../../cli/errors.js";
import { OperatorClient } from "../../../cli/operator/operator-client.js";
import { readOperatorFile, removeOperatorFile, writeOperatorFile } from "../../../cli/operator/operator-file.js";
import { OperatorListener } from "../../../cli/start/operator-listener.js";
import { stepStream } from "../../../console/step-stream.js";
import { newFolder, runningService } from "../dead-letters/service.js";

const NAME = "operator.json";
const OPERATOR = { url: "http://127.0.0.1:1", token: "t", pid: 1 };

async function operatorOf(folder: string) {
  const operator = await readOperatorFile(folder);
  if (operator === null) throw new Error("there is no operator.json");
  return operator;
}

/** A server that answers everything so; and the tokens that it was given. */
async function serve(status: number, body: string) {
  const given: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    given.push(request.headers.authorization);
    response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, given };
}

describe("operator.json", () => {
  it("is for the service's user alone, also where an unfinished one was left for all to read", async () => {
    const folder = await newFolder();
    await mkdir(folder);
    await writeFile(join(folder, `${NAME}.tmp`), "left");
    await chmod(join(folder, `${NAME}.tmp`), 0o666);
    for (const token of ["first", "second"]) {
      await writeOperatorFile(folder, { ...OPERATOR, token });
      expect((await stat(join(folder, NAME))).mode & 0o777).toBe(0o600);
      expect(await readOperatorFile(folder)).toEqual({ ...OPERATOR, token });
    }
    await removeOperatorFile(folder);
    await removeOperatorFile(folder);
    expect(await readOperatorFile(folder)).toBeNull();
  });

  it.each([
    "",
    "{",
    "null",
    JSON.stringify({ ...OPERATOR, url: "http://example.com:80" }),
    JSON.stringify({ ...OPERATOR, url: "http://127.0.0.1:80@example.com" }),
    JSON.stringify({ ...OPERATOR, url: "https://127.0.0.1:80" }),
    JSON.stringify({ ...OPERATOR, token: "" }),
  ])("that says %s is none: the token goes to this machine only", async (text) => {
    const folder = await newFolder();
    await mkdir(folder);
    await writeFile(join(folder, NAME), text);
    expect(await readOperatorFile(folder)).toBeNull();
  });
});

describe("a running service", () => {
  it("has an endpoint whose address and token are in its folder until it stops", async () => {
    const folder = await newFolder();
    const { service } = await runningService(folder);
    const { url, token, pid } = await operatorOf(folder);
    expect(pid).toBe(process.pid);
    expect(Buffer.from(token, "base64url")).toHaveLength(32);
    expect((await stat(join(folder, NAME))).mode & 0o777).toBe(0o600);
    expect((await fetch(`${url}/dead-letters?limit=1`)).status).toBe(401);
    expect((await fetch(`${url}/dead-letters?limit=1`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(
      200,
    );
    await service.stop();
    await expect(readFile(join(folder, NAME))).rejects.toThrow("ENOENT");
    await expect(fetch(url)).rejects.toThrow();
  });

  it("has another token in each life", async () => {
    const folder = await newFolder();
    const first = await runningService(folder);
    const { token } = await operatorOf(folder);
    await first.service.stop();
    await runningService(folder);
    expect((await operatorOf(folder)).token).not.toBe(token);
  });

  it("answers nothing of it on its public listener, nor on another address", async () => {
    const folder = await newFolder();
    const { http } = await runningService(folder, { host: "0.0.0.0" });
    const { url, token } = await operatorOf(folder);
    const headers = { authorization: `Bearer ${token}` };
    expect((await fetch(`http://127.0.0.1:${http.split(":").at(-1)}/dead-letters?limit=1`, { headers })).status).toBe(
      404,
    );
    const others = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ family, internal }) => family === "IPv4" && !internal);
    for (const { address } of others) expect(await accepts(address, Number(new URL(url).port))).toBe(false);
  });

  it("that is not killed by a client which does not read its answer: it stops in time", async () => {
    const folder = await newFolder();
    const { service } = await runningService(folder);
    const { url, token } = await operatorOf(folder);
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    socket.on("error", () => undefined);
    onTestFinished(() => void socket.destroy());
    socket.write(
      `POST /dead-letters/resend HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\ncontent-length: 9\r\n\r\n`,
    );
    const startedMs = performance.now();
    await service.stop();
    expect(performance.now() - startedMs).toBeLessThan(5_000);
  });
});

describe("an answer that is under way when the service stops", () => {
  it("ends at once, and says why", async () => {
    const folder = await newFolder();
    await mkdir(folder);
    const log = { ready: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
    async function* endless() {
      for (let records = 0; ; records++) {
        yield { kind: "read", records };
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    const failedLine = () => ({ kind: "failed", code: "INTERNAL", message: "no" }) as const;
    const listener = new OperatorListener(folder, log, [
      (app, { signal }) => app.get("/endless", (_, reply) => reply.send(stepStream(endless(), { signal, failedLine }))),
    ]);
    await listener.open();
    const client = await OperatorClient.connect(folder);
    const said: unknown[] = [];
    let closing: Promise<void> | null = null;
    for await (const step of client?.steps("/endless") ?? []) {
      said.push(step);
      closing ??= listener.close();
    }
    await closing;
    expect(said.at(-1)).toMatchObject({ kind: "failed", code: "STOPPING" });
  });
});

describe("a command", () => {
  it("finds no service where there is no file, nobody listens, or somebody else does", async () => {
    const folder = await newFolder();
    await mkdir(folder);
    expect(await OperatorClient.connect(folder)).toBeNull();
    await writeOperatorFile(folder, OPERATOR);
    expect(await OperatorClient.connect(folder)).toBeNull();
    // After a reboot the port may be another one's.
    for (const [status, body] of [
      [401, "{}"],
      [404, "<html>"],
      [200, "<html>"],
      [200, "{}"],
    ] as const) {
      const { url } = await serve(status, body);
      await writeOperatorFile(folder, { ...OPERATOR, url });
      expect(await OperatorClient.connect(folder)).toBeNull();
    }
  });

  it.each([
    [200, "not ndjson"],
    [500, '{"error":{"code":"INTERNAL","message":"no \\u001b[2J"}}'],
    [500, "<html>"],
  ])("fails in words when it is answered %i %s", async (status, body) => {
    const folder = await newFolder();
    await mkdir(folder);
    const answers: [number, string][] = [
      [200, '{"service":"queue-ratchet"}'],
      [status, body],
    ];
    const server = createServer((_, response) => {
      const [code, text] = answers.shift() ?? [500, ""];
      response.writeHead(code).end(text);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await writeOperatorFile(folder, { ...OPERATOR, url });
    const client = await OperatorClient.connect(folder);
    const steps = client?.steps("/dead-letters?limit=1");
    const failure = await steps?.next().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(FailedError);
    expect(String(failure)).toContain("the running service");
    expect(String(failure)).not.toContain("\u001b");
  });
});

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1_000 });
    const end = (accepted: boolean) => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
    socket.once("timeout", () => end(false));
  });
}
