/** `queue-ratchet replay --compare`, as a user runs it on a data folder. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { patient } from "../../support/patience.js";
import { itSlowly, LEFT_OUT } from "../../support/slow.js";
import { TrafficFolder } from "./folder.js";

const SEED = Number(process.env.SEED ?? 20_261_122);
const SOME = { events: 2_000, conversations: 500, seed: SEED };
const TARGET = { type: "QUEUE", id: "planted" } as const;

let folder: TrafficFolder;
beforeEach(async () => {
  folder = await TrafficFolder.make();
});
afterEach(() => folder.remove());

describe(`events of seed ${SEED}`, () => {
  it("replayed from the beginning give the live state, from either input", async () => {
    await folder.process(SOME);
    const before = await folder.fingerprint();
    for (const input of ["joined", "raw"]) {
      const { code, lines, totals } = await folder.compared("--from-beginning", "--input", input);
      expect({ code, lines }).toEqual({ code: 0, lines: [] });
      expect(totals).toMatchObject({ kind: "end", differing: 0, notComparable: 0 });
      expect(totals?.compared).toBeGreaterThan(300);
    }
    // What another rule would make of it: here, one that takes reverse syncs for decisions.
    const tried = await folder.compared("--from-beginning", "--input", "raw", "--work-item-stream", "absent");
    expect(tried.code).toBe(1);
    expect(tried.totals?.differing).toBeGreaterThan(10);
    expect(await folder.fingerprint()).toEqual(before);
    expect((await folder.replay("--list")).stdout).toBe("No replays.\n");
  });

  itSlowly(
    `200,000 of them replayed from the beginning give the live state${LEFT_OUT}`,
    async () => {
      await folder.process({ events: 200_000, conversations: 30_000, seed: SEED });
      expect(await folder.compared("--from-beginning")).toMatchObject({ code: 0, lines: [], totals: { differing: 0 } });
    },
    patient(300_000),
  );
});

describe("what was altered behind the service's back", () => {
  it("is reported: just that, each with where it stands", async () => {
    await folder.process(SOME);
    const [assignment = "", lifecycle = "", record = "", version = "", sync = "", sequence = ""] = await folder.keys(6);
    await folder.alterRow(assignment, () => ({ assignment: TARGET }));
    await folder.alterRow(lifecycle, (row) => ({ lifecycle: row.lifecycle === "CLOSED" ? "OPEN" : "CLOSED" }));
    await folder.alterRow(record, () => ({ record: { target: TARGET, revision: 1, eventId: "planted" } }));
    await folder.alterRow(version, () => ({
      lifecycleVersion: { basis: 999, kind: 0, workItemNumber: 0, workItemRevision: 0, eventId: "planted" },
    }));
    await folder.alterSyncRecord(sync, () => ({ assignment: TARGET }));
    await folder.alterSyncRecord(sequence, (last) => ({ sequence: last.sequence + 1 }));
    const { code, lines, totals } = await folder.compared("--from-beginning");
    expect(code).toBe(1);
    expect(totals).toMatchObject({ differing: 6, notComparable: 0 });
    const found = lines.map(({ key, where, field }) => `${key} ${where} ${field}`);
    const wanted = [
      `${assignment} state assignment`,
      `${lifecycle} state lifecycle`,
      `${record} state record`,
      `${version} state lifecycleVersion`,
      `${sync} sync-topic assignment`,
      `${sequence} sync-topic sequence`,
    ];
    expect(found).toEqual(expect.arrayContaining(wanted));
    // Whether it diverges follows from the two targets.
    expect(found.filter((line) => !wanted.includes(line) && !line.endsWith(" state diverged"))).toEqual([]);

    const table = await folder.replay("--from-beginning", "--compare");
    expect(table.code).toBe(1);
    expect(table.stdout).toMatch(/^conversation +where +field +live +replayed/);
    expect(table.stdout).toContain("queue planted");
    expect(table.stdout).toMatch(/6 with differences\.\n$/);
  });
});

describe("a row that is gone", () => {
  it("is a difference, but of a conversation that is over and may have been forgotten", async () => {
    await folder.process({ ...SOME, events: 1_500 });
    const [over = ""] = await folder.keys(1, (row) => row.lifecycle === "CLOSED" || row.lifecycle === "DELETED");
    const [open = ""] = await folder.keys(1, (row) => row.lifecycle === "OPEN" && row.sequence > 0);
    await folder.removeRow(over);
    await folder.removeRow(open);
    const { code, lines } = await folder.compared("--from-beginning");
    expect(over).not.toBe("");
    expect({ code, lines }).toEqual({
      code: 1,
      lines: [{ kind: "difference", key: open, where: "state", field: "conversation", live: null, replayed: "there" }],
    });
  });
});

describe("input that has expired", () => {
  it("makes just the conversations that had some of it incomparable", async () => {
    await folder.process(SOME);
    const old = new Set(await folder.keys(10_000));
    await folder.expireInput();
    await folder.process({ ...SOME, events: 600, seed: SEED + 1, conversations: 900 });
    const all = await folder.keys(10_000);
    const { code, lines, totals, stderr } = await folder.compared("--from-beginning");
    expect(code).toBe(0);
    expect(stderr).toContain("has expired");
    expect(new Set(lines.map(({ key }) => key))).toEqual(old);
    expect(new Set(lines.map(({ kind, why }) => `${kind} ${why}`))).toEqual(new Set(["not-comparable input-expired"]));
    expect(totals).toMatchObject({ compared: all.length - old.size, differing: 0, notComparable: old.size });
    expect(all.length - old.size).toBeGreaterThan(10);

    const table = await folder.replay("--from-beginning", "--compare");
    expect(table.stdout).toContain("records of them have expired");
    const raw = await folder.compared("--from-beginning", "--input", "raw");
    expect(raw.totals).toMatchObject({ differing: 0, notComparable: old.size });
    // An offset that is gone is no place to begin.
    const gone = await folder.replay("--from-offset", "conversation-events:0:0");
    expect(gone).toMatchObject({ code: 2, stdout: "" });
    expect(gone.stderr).toContain("--from-offset: conversation-events:0:0: it has expired");
  });
});
