/** `queue-ratchet try`, as a user runs it. */
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import stringWidth from "string-width";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BELCO, INCIDENT, INCIDENT_KEY, INCIDENT_TENANT, RASAYEL, rows, run } from "../support/program.js";

const Q1 = { type: "QUEUE", id: "5d9fbc698d1a94001a7b9950" };
const Q2 = { type: "QUEUE", id: "5fa2a5a910e1be0019cda332" };
const TENANT = ["--tenant", INCIDENT_TENANT];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "try-test-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** What the program says to the same arguments is asked for once. */
const said = new Map<string, ReturnType<typeof run>>();
function tried(...args: string[]): ReturnType<typeof run> {
  const known = said.get(args.join(" ")) ?? run(["try", ...args]);
  said.set(args.join(" "), known);
  return known;
}

async function file(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

const incidentLines = readFileSync(INCIDENT, "utf8").trimEnd().split("\n");

describe("the founding incident", () => {
  it("emits exactly the four records of the decision rule's table", async () => {
    const { code, stdout } = await tried(INCIDENT, ...TENANT, "--json");
    expect(code).toBe(0);
    const records = rows(stdout);
    expect(records.map(({ sequence, assignment, reason }) => [sequence, assignment, reason])).toEqual([
      [1, Q2, "ASSIGNED"],
      [2, null, "UNASSIGNED"],
      [3, Q1, "ASSIGNED"],
      [4, Q2, "ASSIGNED"],
    ]);
    expect(records[3]).toEqual({
      key: INCIDENT_KEY,
      source: "kustomer",
      tenant: INCIDENT_TENANT,
      conversationId: "621e7d0534b1800f59590a62",
      sequence: 4,
      assignment: Q2,
      previousAssignment: Q1,
      lifecycle: "OPEN",
      assignmentVersion: {
        basis: 58,
        kind: 0,
        workItemNumber: 0,
        workItemRevision: 0,
        eventId: "621e7eab08413f62a436079f",
      },
      lifecycleVersion: null,
      causeEventId: "621e7eab08413f62a436079f",
      reason: "ASSIGNED",
      decidedAt: 1646165675507,
      emittedAt: 1646165675507,
    });
  });

  it("decides the thirteen events as the table says", async () => {
    const { stdout } = await tried(INCIDENT, ...TENANT, "--json", "--show", "decisions");
    const decisions = rows(stdout);
    expect(decisions.map(({ reason }) => reason)).toEqual([
      "ASSIGNED",
      "NO_QUEUE_CHANGE",
      "UNASSIGNED",
      "ECHO_FORWARD",
      "ASSIGNED",
      "SUPERSEDED_SAME_TARGET",
      "NO_QUEUE_CHANGE",
      "NO_QUEUE_CHANGE",
      "NO_QUEUE_CHANGE",
      "ASSIGNED",
      "NO_QUEUE_CHANGE",
      "STALE_REVERSE_SYNC",
      "NO_QUEUE_CHANGE",
    ]);
    expect(decisions.map(({ version }) => keyText(version))).toEqual([
      "11,1,1,1",
      null,
      "53,0,0,0",
      null,
      "54,0,0,0",
      "53,1,1,3",
      null,
      null,
      null,
      "58,0,0,0",
      null,
      null,
      null,
    ]);
    expect(decisions.map(({ diverged }) => diverged)).toEqual([...Array(11).fill(false), true, true]);
    expect(decisions[11]).toMatchObject({
      eventId: "621e7eac5746ae3762045ca7",
      entity: "CONVERSATION",
      revision: 60,
      target: Q1,
      decisionClass: "stale",
      holderEventId: "621e7eab08413f62a436079f",
      emittedSequence: null,
      isSync: true,
    });
    expect(decisions[12]).toMatchObject({
      entity: "AUDIT",
      entityId: "621e7d0534b1800f59590a62",
      revision: null,
      eventId: "audit:621e7d0534b1800f59590a62:5975515570340052903",
    });
  });

  it("ends with the source's record diverged from the assignment", async () => {
    const { stdout } = await tried(INCIDENT, ...TENANT, "--json", "--show", "state");
    expect(rows(stdout)).toEqual([
      {
        key: INCIDENT_KEY,
        sequence: 4,
        assignment: Q2,
        assignmentVersion: expect.objectContaining({ basis: 58, eventId: "621e7eab08413f62a436079f" }),
        lifecycle: "OPEN",
        lifecycleVersion: null,
        record: Q1,
        diverged: true,
      },
    ]);
  });

  it("ends the same with its lines reversed", async () => {
    const reversed = [...incidentLines].reverse().join("\n");
    const { stdout } = await run(["try", "-", ...TENANT, "--json", "--show", "state"], { input: reversed });
    expect(rows(stdout)[0]).toMatchObject({ assignment: Q2, record: Q1, diverged: true });
  });

  it("tells people what was dropped as stale, and why", async () => {
    const { code, stdout } = await tried(INCIDENT, ...TENANT);
    expect(code).toBe(0);
    expect(stdout).toContain("13 events of 1 conversation: 4 emitted");
    expect(stdout).toContain("1 dropped as stale (7.7 %)");
    expect(stdout.replaceAll("\n", " ")).toContain(
      "STALE_REVERSE_SYNC: Conversation event 621e7eac5746ae3762045ca7 at revision 60 by routing-worker is a reverse sync",
    );
  });
});

function keyText(version: unknown): string | null {
  if (version === null) return null;
  const { basis, kind, workItemNumber, workItemRevision } = version as Record<string, number>;
  return [basis, kind, workItemNumber, workItemRevision].join(",");
}

describe("the other sources", () => {
  it("gives the expected records of Belco's events", async () => {
    const { stdout } = await tried(BELCO, "--json");
    expect(rows(stdout).map(({ sequence, assignment, lifecycle }) => [sequence, assignment, lifecycle])).toEqual([
      [1, { type: "USER", id: "hDPhQuae27KmsYREq" }, "OPEN"],
      [2, { type: "USER", id: "hDPhQuae27KmsYREq" }, "CLOSED"],
      [3, { type: "USER", id: "hDPhQuae27KmsYREq" }, "OPEN"],
    ]);
  });

  it("gives the expected record of Rasayel's pretty-printed document", async () => {
    const { stdout } = await tried(RASAYEL, "--json");
    expect(rows(stdout)).toMatchObject([
      { key: "rasayel:1:1", assignment: null, assignmentVersion: null, lifecycle: "CLOSED", sequence: 1 },
    ]);
    expect(rows(stdout)[0]?.lifecycleVersion).toMatchObject({ basis: 1652783952000 });
  });
});

describe("input", () => {
  it("takes standard input, a JSON array and NDJSON alike", async () => {
    const array = await file("array.json", `[${incidentLines.join(",\n")}]`);
    const [fromFile, fromArray, fromStdin] = await Promise.all([
      tried(INCIDENT, ...TENANT, "--json", "--show", "decisions"),
      tried(array, ...TENANT, "--json", "--show", "decisions"),
      run(["try", "-", ...TENANT, "--json", "--show", "decisions"], { input: incidentLines.join("\r\n") }),
    ]);
    expect(fromArray.stdout).toBe(fromFile.stdout);
    expect(fromStdin.stdout).toBe(fromFile.stdout);
  });

  it("prints nothing of an empty input, and is content", async () => {
    expect(await run(["try", "-", "--json"], { input: "" })).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  it("names each unreadable document with file, line, code and path, and runs all others", async () => {
    const broken = [...incidentLines];
    broken[1] = '{"not": "json"';
    broken[4] = (broken[4] ?? "").replace('"rev":54', '"rev":"54"');
    const path = await file("broken.ndjson", broken.join("\n"));
    const { code, stdout, stderr } = await tried(path, ...TENANT, "--json", "--show", "decisions");
    expect(code).toBe(2);
    expect(rows(stdout)).toHaveLength(11);
    expect(stderr).toMatch(new RegExp(`^${path}:2: INVALID_JSON: `, "m"));
    expect(stderr).toContain(`${path}:5: BAD_TYPE at data.attributes.rev: expected a safe integer`);
    expect(stderr.trimEnd().split("\n")).toHaveLength(2);
  });

  it("refuses the audit line without a tenant, by name", async () => {
    const { code, stdout, stderr } = await tried(INCIDENT, "--json", "--show", "decisions");
    expect(code).toBe(2);
    expect(rows(stdout)).toHaveLength(12);
    expect(stderr).toMatch(/:13: MISSING_TENANT/);
  });

  it("names a document whose source cannot be told", async () => {
    const { code, stderr } = await run(["try", "-"], { input: '{"hello":"world"}\n' });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^-:1: UNKNOWN_SOURCE: /);
  });

  it("names a file that does not exist and runs the others", async () => {
    const { code, stdout, stderr } = await tried(join(folder, "nope.json"), BELCO, "--json");
    expect(code).toBe(2);
    expect(stderr).toContain("nope.json");
    expect(rows(stdout)).toHaveLength(3);
  });

  it("keeps bodies out of its messages", async () => {
    const { stderr } = await run(["try", "-"], { input: '{"secret-name": "Jane Doe", \n' });
    expect(stderr).not.toContain("Jane");
  });

  it("runs a long input in bounded memory", async () => {
    const events = process.env.LONG === undefined ? 40_000 : 1_000_000;
    const { code, stdout } = await run(["try", "-", "--json", "--show", "state"], {
      input: manyEvents(events),
      nodeOptions: ["--max-old-space-size=96"],
    });
    expect(code).toBe(0);
    expect(rows(stdout)).toHaveLength(100);
  });
});

/** Kustomer conversation events of 100 conversations, some 3 kB each. */
async function* manyEvents(count: number): AsyncGenerator<Uint8Array> {
  const padding = "x".repeat(2_800);
  for (let number = 0; number < count; number++) {
    const rev = Math.floor(number / 100) + 1;
    const queue = { data: { type: "queue", id: `q${number % 7}` } };
    const event = {
      id: `e${number}`,
      name: "kustomer.conversation.update",
      org: "t",
      createdAt: 1_646_165_674_000 + number,
      data: { id: `c${number % 100}`, attributes: { rev, preview: padding } },
      changes: { relationships: { queue: { op: "replace", before: null, after: queue } } },
    };
    yield Buffer.from(`${JSON.stringify(event)}\n`);
  }
}

describe("one stream only", () => {
  it("counts an echo as a decision, and says what that gives up", async () => {
    const args = ["try", INCIDENT, ...TENANT, "--json", "--show", "state", "--work-item-stream", "absent"];
    const { stdout, stderr } = await run(args);
    expect(rows(stdout)[0]).toMatchObject({ assignment: Q1, diverged: false });
    expect(stderr).toContain("a stale reverse sync cannot be told from a fresh one");
  });
});

describe("output", () => {
  it("is the same each time", async () => {
    const args = [INCIDENT, ...TENANT, "--json", "--show", "decisions"];
    expect(await run(["try", ...args])).toEqual(await tried(...args));
  });

  it("has no colour where there is no terminal", async () => {
    const { stdout } = await tried(INCIDENT, ...TENANT);
    expect(stdout).not.toContain("\u001b");
  });

  it.each([
    [30, "assignments"],
    [60, "decisions"],
    [100, "state"],
  ])("wraps into %i columns: %s", async (columns, show) => {
    const { stdout } = await run(["try", INCIDENT, ...TENANT, "--show", show], { env: { COLUMNS: String(columns) } });
    const widest = Math.max(...stdout.split("\n").map((line) => stringWidth(line)));
    expect(widest).toBeLessThanOrEqual(columns);
  });

  it("shows control characters in ids as escapes", async () => {
    const event = JSON.stringify({
      id: "e",
      name: "kustomer.conversation.update",
      org: "t",
      data: { id: "c\u200bd", attributes: { rev: 1 } },
    });
    const { stdout } = await run(["try", "-", "--show", "state"], { input: event });
    expect(stdout).toContain("c\\u{200b}d");
  });
});
