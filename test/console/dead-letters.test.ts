/** What the operator's listener answers about dead letters, without an engine behind it. */
import { describe, expect, it, onTestFinished } from "vitest";
import { addDeadLetters, listen, newListener } from "../../console/index.js";
import {
  type DeadLetterPort,
  type Letter,
  type ListRequest,
  type ListStep,
  type ResendRequest,
  type ResendStep,
  UnknownLetterError,
} from "../../runtime/dead-letters/index.js";
import { encodeText } from "../../runtime/task/index.js";

const LETTER: Letter = {
  place: "0:3",
  failedAtMs: 1,
  original: { topic: "raw-events", partition: 2, offset: 9 },
  code: "INVALID_JSON",
  message: "INVALID_JSON: no",
  sizeBytes: 2,
  source: "kustomer",
  earlierPlace: null,
  timestampMs: 5,
  key: null,
  value: Uint8Array.of(0xff, 0x00),
  headers: [{ key: "source", value: encodeText("kustomer") }],
};

class FakeLetters implements DeadLetterPort {
  readonly asked: (ListRequest | ResendRequest)[] = [];

  constructor(private readonly steps: () => AsyncGenerator<ResendStep & ListStep>) {}

  list(request: ListRequest) {
    this.asked.push(request);
    return this.steps();
  }

  async letter({ offset }: { readonly offset: number }) {
    return offset === 3 ? LETTER : null;
  }

  resend(request: ResendRequest) {
    this.asked.push(request);
    return this.steps();
  }
}

async function* reading(count: number): AsyncGenerator<ResendStep & ListStep> {
  for (let records = 1; records <= count; records++) yield { kind: "read", records };
}

function routes(steps: () => AsyncGenerator<ResendStep & ListStep> = () => reading(2)) {
  const told: Error[] = [];
  const stopping = new AbortController();
  const onError = (error: Error) => told.push(error);
  const app = newListener(onError);
  const letters = new FakeLetters(steps);
  addDeadLetters(app, letters, { signal: stopping.signal, onError });
  onTestFinished(() => {
    // Those who went away too: their connections are not idle.
    app.server.closeAllConnections();
    return app.close();
  });
  const get = (url: string) => app.inject({ method: "GET", url });
  const post = (payload: object) => app.inject({ method: "POST", url: "/dead-letters/resend", payload });
  return { app, get, post, told, stopping, asked: letters.asked };
}

const lines = (body: string) =>
  body
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

describe("a list", () => {
  it("is told step by step, of what was asked for", async () => {
    const { get, asked } = routes();
    const response = await get("/dead-letters?limit=7&code=INVALID_JSON&topic=raw-events&sinceMs=12");
    expect(response.headers["content-type"]).toBe("application/x-ndjson");
    expect(lines(response.body)).toEqual([
      { kind: "read", records: 1 },
      { kind: "read", records: 2 },
    ]);
    expect(asked).toEqual([{ limit: 7, code: "INVALID_JSON", topic: "raw-events", sinceMs: 12 }]);
  });

  it.each(["", "?limit=0", "?limit=10001", "?limit=x", "?limit=5&sinceMs=then"])("is refused for %j", async (query) => {
    const { get, asked } = routes();
    expect((await get(`/dead-letters${query}`)).statusCode).toBe(400);
    expect(asked).toEqual([]);
  });
});

describe("a letter", () => {
  it("has its bytes as base64", async () => {
    const response = await routes().get("/dead-letters/0:3");
    expect(response.json()).toEqual({
      ...LETTER,
      key: null,
      value: "/wA=",
      headers: [{ key: "source", value: Buffer.from("kustomer").toString("base64") }],
    });
  });

  it("that is not there is 404, and what is no place 400", async () => {
    const { get } = routes();
    const missing = await get("/dead-letters/0:4");
    expect([missing.statusCode, missing.json().error.code]).toEqual([404, "UNKNOWN_LETTER"]);
    expect((await get("/dead-letters/3")).statusCode).toBe(400);
  });
});

describe("sending through again", () => {
  const all = { filter: { code: "A" }, dryRun: false, again: false };

  it("takes places or a filter", async () => {
    const { post, asked } = routes();
    await post({ places: ["0:1", "0:2"], dryRun: true, again: false });
    await post(all);
    expect(asked).toEqual([
      {
        places: [
          { partition: 0, offset: 1 },
          { partition: 0, offset: 2 },
        ],
        dryRun: true,
        again: false,
      },
      { places: null, filter: { code: "A" }, dryRun: false, again: false },
    ]);
  });

  it.each([
    [{ dryRun: false, again: false }],
    [{ ...all, places: ["0:1"] }],
    [{ places: [], dryRun: false, again: false }],
    [{ places: ["1"], dryRun: false, again: false }],
    [{ places: Array(1_001).fill("0:1"), dryRun: false, again: false }],
    [{ filter: {}, dryRun: "perhaps", again: false }],
  ])("is refused for %j", async (body) => {
    const { post, asked } = routes();
    expect((await post(body)).statusCode).toBe(400);
    expect(asked).toEqual([]);
  });

  it("says which letters are not there", async () => {
    const { post, told } = routes(async function* () {
      yield* reading(1);
      throw new UnknownLetterError(["0:9"]);
    });
    const said = lines((await post(all)).body);
    expect(said.at(-1)).toMatchObject({ kind: "failed", code: "UNKNOWN_LETTER", about: ["0:9"] });
    expect(told).toEqual([]);
  });

  it("that fails says so in the last line, and why to the log alone", async () => {
    const { post, told } = routes(async function* () {
      yield* reading(1);
      throw new Error("secret");
    });
    const { body } = await post(all);
    expect(lines(body).at(-1)).toMatchObject({ kind: "failed", code: "INTERNAL" });
    expect(body).not.toContain("secret");
    expect(told.map(({ message }) => message)).toEqual(["secret"]);
  });

  it("ends when the service is being stopped", async () => {
    const { post, stopping } = routes(async function* () {
      yield* reading(1);
      stopping.abort();
      yield* reading(1_000_000);
    });
    const said = lines((await post(all)).body);
    expect(said).toHaveLength(2);
    expect(said.at(-1)).toMatchObject({ kind: "failed", code: "STOPPING" });
  });

  it("is done by one at a time, and by the next when that has ended", async () => {
    let go: () => void = () => undefined;
    const waits = new Promise<void>((resolve) => {
      go = resolve;
    });
    let begun: () => void = () => undefined;
    const begins = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const { post } = routes(async function* () {
      begun();
      await waits;
      yield* reading(1);
    });
    const first = post(all);
    await begins;
    const second = await post(all);
    expect([second.statusCode, second.json().error.code]).toEqual([409, "BUSY"]);
    go();
    expect((await first).statusCode).toBe(200);
    expect((await post(all)).statusCode).toBe(200);
  });

  it("ends when who asked goes away, and then another one may ask", async () => {
    let ended: () => void = () => undefined;
    const ends = new Promise<void>((resolve) => {
      ended = resolve;
    });
    const { app } = routes(async function* () {
      try {
        for (;;) yield* reading(10);
      } finally {
        ended();
      }
    });
    const url = `http://${await listen(app, { host: "127.0.0.1", port: 0, setting: "test" })}`;
    const asking = new AbortController();
    const init = { method: "POST", headers: { "content-type": "application/json" }, signal: asking.signal };
    await fetch(`${url}/dead-letters/resend`, { ...init, body: JSON.stringify(all) });
    asking.abort();
    await ends;
    await expect.poll(async () => (await postHead(url)).status).toBe(200);
  });
});

/** Only whether it is taken. */
async function postHead(url: string): Promise<Response> {
  const asking = new AbortController();
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ filter: {}, dryRun: false, again: false });
  const response = await fetch(`${url}/dead-letters/resend`, { method: "POST", headers, body, signal: asking.signal });
  asking.abort();
  return response;
}
