/** `queue-ratchet dead-letters`, as a user runs it. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { INCIDENT, INCIDENT_KEY, INCIDENT_TENANT, rows, run } from "../../support/program.js";
import { startService } from "../../support/service.js";

const BODY = '{"name":"kustomer.conversation.update","id":"\u009b31m"}\n';

let root: string;
let folder: string;
const at = () => ["--data-dir", folder];
const deadLetters = (...args: string[]) => run(["dead-letters", ...args, ...at()]);
const start = (...args: string[]) =>
  run(["start", ...args, ...at(), "--port", "0", "--metrics-port", "0", "--exit-after-input"]);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "dead-letters-cli-"));
  folder = join(root, "data");
  // The incident's audit line does not say whose it is; and a line that names a source and is not whole.
  await writeFile(join(root, "bad.ndjson"), BODY);
  await start("--input", INCIDENT, join(root, "bad.ndjson"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

it("takes the incident's audit line from its failure to its decision, once the tenant is known", async () => {
  const listed = await deadLetters("list", "--json", "--code", "MISSING_TENANT");
  expect(listed).toMatchObject({ code: 0, stderr: "" });
  const [letter, ...more] = rows(listed.stdout);
  expect(more).toEqual([]);
  expect(letter).toMatchObject({ originalTopic: "raw-events", source: "kustomer", sentAgain: false });
  const place = String(letter?.place);
  expect((await deadLetters("resend", place, "--dry-run")).stdout).toContain(`${place}: would be sent to raw-events`);

  // The fix: the service is started with the tenant, and sends while it runs.
  const service = startService([...at(), "--tenant", INCIDENT_TENANT]);
  await service.ready();
  const sent = await deadLetters("resend", "--all", "--code", "MISSING_TENANT");
  expect(sent).toEqual({ code: 0, stdout: "1 dead letter: 1 sent.\n", stderr: "" });
  const again = await deadLetters("resend", place);
  expect(again.stdout).toBe(`${place}: not sent: it was sent through again before\n1 dead letter: 1 sent before.\n`);
  service.kill("SIGKILL");
  await service.ended;

  const explained = await run(["explain", INCIDENT_KEY, ...at(), "--json"]);
  const decisions = JSON.parse(explained.stdout).decisions as { readonly entity: string }[];
  expect(decisions.filter(({ entity }) => entity === "AUDIT")).toHaveLength(1);
  expect(decisions).toHaveLength(13);
  // The killed service has left its operator.json behind: the folder itself is read.
  const after = await deadLetters("list", "--json", "--code", "MISSING_TENANT");
  expect(rows(after.stdout)).toMatchObject([{ place, sentAgain: true, failedAgainAs: null }]);
});

describe("show", () => {
  it("gives a body to a person without its commands, and to a file with its bytes", async () => {
    const [letter] = rows((await deadLetters("list", "--json", "--code", "MISSING_FIELD")).stdout);
    const place = String(letter?.place);
    const shown = await deadLetters("show", place);
    expect(shown).toMatchObject({ code: 0, stderr: "" });
    expect(shown.stdout).toContain("\\u{9b}31m");
    expect(shown.stdout).not.toContain("\u009b");
    const raw = await deadLetters("show", place, "--raw");
    expect(raw).toEqual({ code: 0, stdout: BODY.trimEnd(), stderr: "" });
    const json = await deadLetters("show", place, "--json");
    expect(Buffer.from(JSON.parse(json.stdout).value, "base64").toString()).toBe(BODY.trimEnd());
  });
});

describe("list", () => {
  it("is a table that holds no body, and a line for each code", async () => {
    const { code, stdout } = await deadLetters("list");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^place +failed at/);
    expect(stdout).toMatch(/^MISSING_TENANT: 1 dead letter$/m);
    expect(stdout).toMatch(/^MISSING_FIELD: 1 dead letter$/m);
    expect(stdout).not.toContain("31m");
  });
});

describe("wrong use ends with 2, and names", () => {
  it.each([
    [[], "dead-letters"],
    [["show", "0:99999"], "0:99999: there is no dead letter"],
    [["resend", "0:0", "0:99999"], "0:99999: there is no dead letter"],
    [["list", "--partitions", "3"], "--partitions 12"],
    [["list", "--frobnicate"], "--frobnicate"],
  ])("%j: %s", async (args, named) => {
    const { code, stdout, stderr } = await deadLetters(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(named);
    expect(stderr).not.toContain("    at ");
  });
});

it("each of its commands has a --help that ends in one example", async () => {
  const { code, stdout } = await run(["dead-letters", "resend", "--help"]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/Example:\n {2}\$ queue-ratchet dead-letters resend --all/);
});
