/** Who may ask the operator's listener: whoever has the token, and nobody else, whatever he asks. */
import { expect, it, onTestFinished } from "vitest";
import { newOperatorListener } from "../../console/index.js";

const TOKEN = "the-right-token";

function listener() {
  const app = newOperatorListener(TOKEN, () => undefined);
  const reached: string[] = [];
  app.post("/write", (request) => {
    reached.push(request.url);
    return {};
  });
  onTestFinished(() => app.close());
  return { app, reached };
}

const WRONG = [
  undefined,
  "",
  "Bearer",
  "Bearer ",
  TOKEN,
  `Basic ${TOKEN}`,
  // As long as the right word.
  `Digest ${TOKEN}`,
  `Bearer ${TOKEN}x`,
  `Bearer ${TOKEN.slice(1)}`,
];

it.each(WRONG)("refuses %j, before the path or the body is looked at", async (authorization) => {
  const { app, reached } = listener();
  const headers = authorization === undefined ? {} : { authorization };
  const asked = [
    { method: "GET", url: "/" },
    { method: "GET", url: "/nowhere" },
    { method: "POST", url: "/write", payload: "{" },
    { method: "OPTIONS", url: "/write" },
  ] as const;
  for (const request of asked) {
    const response = await app.inject({ ...request, headers: { ...headers, "content-type": "application/json" } });
    expect([request.url, response.statusCode]).toEqual([request.url, 401]);
    expect(response.json()).toMatchObject({ error: { code: "UNAUTHORIZED" } });
    expect(response.body).not.toContain(TOKEN);
  }
  expect(reached).toEqual([]);
});

it("answers whoever has the token", async () => {
  const { app, reached } = listener();
  const headers = { authorization: `Bearer ${TOKEN}` };
  expect((await app.inject({ method: "GET", url: "/", headers })).json()).toEqual({ service: "queue-ratchet" });
  expect((await app.inject({ method: "GET", url: "/nowhere", headers })).statusCode).toBe(404);
  expect((await app.inject({ method: "POST", url: "/write", headers })).statusCode).toBe(200);
  expect(reached).toEqual(["/write"]);
});
