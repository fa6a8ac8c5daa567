/** What the API of the queries answers, without an engine behind it. */
import { describe, expect, it, onTestFinished } from "vitest";
import { type AssignmentQueryPort, addAssignments, newListener } from "../../console/index.js";
import { InvalidKeyError, NotHereError } from "../../runtime/queries/index.js";

/** An API whose every question fails in this way, and what the service's log is told. */
function failing(error: Error) {
  const told: Error[] = [];
  const app = newListener((one) => told.push(one));
  const queries: AssignmentQueryPort = {
    assignment: () => Promise.reject(error),
    timeline: () => Promise.reject(error),
  };
  addAssignments(app, queries);
  onTestFinished(() => app.close());
  return { get: (url: string) => app.inject({ method: "GET", url }), told };
}

describe.each(["/api/assignments/kustomer:t:c", "/api/assignments/kustomer:t:c/timeline"])("%s", (url) => {
  it("answers 503 NOT_HERE for a conversation of another instance, naming the partition", async () => {
    const { get, told } = failing(new NotHereError(7));
    const response = await get(url);
    expect(response.statusCode).toBe(503);
    expect(response.json()).toEqual({
      error: {
        code: "NOT_HERE",
        message:
          "partition 7 is not processed by this instance now: another one of its group has it, or has it still; ask that one",
      },
    });
    expect(told).toEqual([]);
  });

  it("answers 400 BAD_KEY for what is no key", async () => {
    const response = await failing(new InvalidKeyError("x")).get(url);
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({ error: { code: "BAD_KEY" } });
  });

  it("answers 500 for a defect, whose reason goes to the log and to nobody else", async () => {
    const { get, told } = failing(new Error("secret"));
    const response = await get(url);
    expect(response.statusCode).toBe(500);
    expect(response.body).not.toContain("secret");
    expect(told.map(({ message }) => message)).toEqual(["secret"]);
  });
});
