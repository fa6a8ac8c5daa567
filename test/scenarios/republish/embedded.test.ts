/** `republish` and `--forget-after` with the built program and the embedded engine. */
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { conversation, TO_Q1 } from "../../oracle/build.js";
import { evaluate } from "../../oracle/oracle.js";
import { announce, SEED } from "../../oracle/settings.js";
import { kustomerBody } from "../../runtime/embedded/support/kustomer-bodies.js";
import { Load } from "../../runtime/kafka/engine/support/load.js";
import { run } from "../../support/program.js";
import { startService } from "../../support/service.js";
import { bodies, rawRecord } from "./conversations.js";
import { expectOrder, tableOfRows, tableOfWhoLostAll } from "./ends.js";
import { Folder } from "./folder.js";

const HOUR_MS = 3_600_000;

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "queue-ratchet-republish-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

it("under load, a consumer that lost everything ends with the right table", async () => {
  const partitions = 2;
  const folder = join(await newFolder(), "data");
  const at = ["--data-dir", folder, "--partitions", String(partitions)];
  const load = Load.random(SEED, 300);
  announce("republish under load", { events: load.events.length });
  const lines = load.lines();
  const service = startService([...at, "--input", "-", "--exit-after-input"]);
  const { stdin } = service.process;
  const write = async (some: readonly string[]) => {
    for (let from = 0; from < some.length; from += 50)
      if (stdin?.write(`${some.slice(from, from + 50).join("\n")}\n`) === false) await once(stdin, "drain");
  };
  await service.ready();
  const half = Math.floor(lines.length / 2);
  await write(lines.slice(0, half));
  const republished = run(["republish", ...at, "--wait", "60"]);
  const rest = write(lines.slice(half));
  // It may have said on standard error how far it was.
  expect(await republished).toMatchObject({ code: 0 });
  expect((await republished).stdout).toMatch(
    /^2 control records written to 2 partitions.*\nExecuted: \d+ records? republished/,
  );
  await rest;
  // Once more, when the last event may be in: then every conversation was emitted before it.
  expect(await run(["republish", ...at, "--wait", "60", "--json"])).toMatchObject({ code: 0 });
  stdin?.end();
  expect(await service.ended).toEqual({ code: 0, signal: null });

  const { all, rows } = await Folder.look(folder, partitions, async (opened) => ({
    all: await opened.assignments(),
    rows: await opened.rows(),
  }));
  expectOrder(all);
  expect(all.some(({ isRepublished }) => isRepublished)).toBe(true);
  for (const [key, events] of load.arrivals) {
    const { assignment, lifecycle } = evaluate(events, { workItemStream: "present" });
    expect(rows.get(key), key).toMatchObject({ assignment, lifecycle });
  }
  expect(tableOfWhoLostAll(all)).toEqual(tableOfRows(rows));
});

it("killed in the middle of a scan, the next start begins it anew: every conversation is there, nothing else happened", async () => {
  const count = 2_000;
  const root = await newFolder();
  const folder = join(root, "data");
  const at = ["--data-dir", folder, "--partitions", "1"];
  await writeFile(join(root, "input.ndjson"), `${bodies(count).join("\n")}\n`);
  await writeFile(join(root, "nothing.ndjson"), "");
  const process = (...args: string[]) =>
    run(["start", ...at, "--port", "0", "--metrics-port", "0", "--exit-after-input", "--input", ...args]);
  expect(await process(join(root, "input.ndjson"))).toMatchObject({ code: 0 });
  const asked = await run(["republish", ...at]);
  expect(asked).toEqual({
    code: 0,
    stdout:
      "1 control record written to 1 partition of conversation-events.\nThe service is stopped: its next start executes them.\n",
    stderr: "",
  });

  // A page of rows each is a checkpoint.
  const killed = startService([...at, "--checkpoint-interval-ms", "1"], {
    env: { QUEUE_RATCHET_CRASH_AT: "commit.after-number:3" },
  });
  expect(await killed.ended).toEqual({ code: null, signal: "SIGKILL" });
  const look = () =>
    Folder.look(folder, 1, async (opened) => ({
      lag: opened.lag,
      republished: (await opened.assignments()).filter(({ isRepublished }) => isRepublished),
      decisions: (await opened.records("queue-assignment-decisions")).length,
      all: await opened.assignments(),
    }));
  const before = await look();
  expect(before.lag).toBe(1);
  expect(before.republished.length).toBeGreaterThan(0);
  expect(before.republished.length).toBeLessThan(count);

  expect(await process(join(root, "nothing.ndjson"))).toMatchObject({ code: 0 });
  const after = await look();
  expect(after.lag).toBe(0);
  expect(after.decisions).toBe(count);
  expect(after.republished).toHaveLength(before.republished.length + count);
  expect(new Set(after.republished.map(({ key }) => key)).size).toBe(count);
  expectOrder(after.all);
});

it("--forget-after bounds the store by the time of the stream, and the next start goes on with it", async () => {
  const root = await newFolder();
  const folder = join(root, "data");
  const from = Date.now() - 100 * HOUR_MS;
  const life = (index: number, revision: number) => {
    const changes = revision === 1 ? { queueChange: TO_Q1 } : { lifecycleChange: "CLOSED" as const };
    return kustomerBody(conversation({ conversationId: `c${index}`, eventId: `e${revision}`, revision, ...changes }));
  };
  await writeFile(join(root, "nothing.ndjson"), "");
  const args = ["--data-dir", folder, "--partitions", "1", "--port", "0", "--metrics-port", "0"];
  const start = () =>
    run(["start", ...args, "--forget-after", "2h", "--exit-after-input", "--input", join(root, "nothing.ndjson")]);
  // Twenty conversations an hour.
  for (const [first, last] of [
    [0, 800],
    [800, 1_600],
  ] as const) {
    await Folder.look(folder, 1, (opened) =>
      opened.append(
        Array.from({ length: last - first }, (_, index) => first + index).flatMap((index) => [
          rawRecord("raw-events", life(index, 1), from + index * (HOUR_MS / 20)),
          rawRecord("raw-events", life(index, 2), from + index * (HOUR_MS / 20) + 1),
        ]),
      ),
    );
    expect(await start()).toMatchObject({ code: 0 });
    const rows = await Folder.look(folder, 1, (opened) => opened.rows());
    // Two hours of them, and what the sweep has not come by yet.
    expect(rows.size).toBeGreaterThanOrEqual(40);
    expect(rows.size).toBeLessThan(700);
    expect(rows.has(`kustomer:t:c${last - 1}`)).toBe(true);
    expect(rows.has(`kustomer:t:c${first}`)).toBe(false);
  }
});
