/** How a command gets at a live application of a data folder, and what keeps it from it. */
import { describe, expect, it, onTestFinished } from "vitest";
import { FailedError, UsageError } from "../../../cli/errors.js";
import { openLiveApplication } from "../../../cli/live/open.js";
import { LIVE_SETTINGS } from "../../../cli/live/settings.js";
import { OperatorClient } from "../../../cli/operator/operator-client.js";
import { readOperatorFile, writeOperatorFile } from "../../../cli/operator/operator-file.js";
import { settingValues } from "../../../cli/settings/index.js";
import type { Service } from "../../../cli/start/service.js";
import { topicNames } from "../../../topology/index.js";
import { eventOf, readState, recordOf } from "../../runtime/live/events.js";
import { until } from "../../support/kafka/processes/index.js";
import { newFolder, runningService } from "../dead-letters/service.js";

const PARTITIONS = [0, 1, 2];
const topics = topicNames({ prefix: "", applicationId: "queue-ratchet" });

async function open(dataDir: string, flags: Readonly<Record<string, string>> = {}) {
  const all = { dataDir, partitions: "3", ...flags };
  const settings = await settingValues(LIVE_SETTINGS, { environment: {}, configFile: undefined, flags: all });
  const opened = await openLiveApplication(settings);
  onTestFinished(() => opened.application.close());
  return opened;
}

async function load(service: Service, conversations: number): Promise<void> {
  const host = { topics, engine: service.engine };
  const all = Array.from({ length: conversations }, (_, one) => recordOf(host, eventOf(one, 1), Date.now()));
  for (let from = 0; from < all.length; from += 5_000) await service.engine.append(all.slice(from, from + 5_000));
  await service.engine.caughtUp();
}

const operatorOf = async (folder: string) => {
  const operator = await readOperatorFile(folder);
  if (operator === null) throw new Error("there is no operator.json");
  return operator;
};

describe("a data folder", () => {
  it("says the same by its service and when that has stopped, and is not changed by being read", async () => {
    const folder = await newFolder();
    const { service } = await runningService(folder);
    await load(service, 500);
    const served = await open(folder);
    expect(served.isStopped).toBe(false);
    const states = async ({ application }: typeof served) => {
      const all = [];
      for (const partition of PARTITIONS) all.push(await readState(application, partition));
      return all;
    };
    const before = await states(served);
    expect(before.reduce((sum, { rows }) => sum + rows.size, 0)).toBe(500);
    await service.stop();
    for (let times = 0; times < 2; times++) {
      const opened = await open(folder);
      expect(opened.isStopped).toBe(true);
      expect(await states(opened)).toEqual(before);
      await opened.application.close();
    }
  });

  it("that is none, or of other settings, is refused, by its service too", async () => {
    const folder = await newFolder();
    await expect(open(folder)).rejects.toThrow(/--data-dir: .* is not there/);
    const { service } = await runningService(folder);
    for (const stopped of [false, true]) {
      if (stopped) await service.stop();
      for (const [flags, message] of [
        [{ applicationId: "other" }, 'it belongs to the application "queue-ratchet", not to "other"'],
        [{ topicPrefix: "p." }, 'its topics begin with "", not with "p."'],
        [{ partitions: "5" }, "it was made with 3 partitions, not 5"],
      ] as const) {
        const opening = open(folder, flags);
        await expect(opening).rejects.toThrow(UsageError);
        await expect(opening).rejects.toThrow(message);
      }
    }
  });
});

describe("the endpoint of a service", () => {
  it("tells nothing to whoever has not its token", async () => {
    const folder = await newFolder();
    await runningService(folder);
    const operator = await operatorOf(folder);
    for (const path of ["live", "live/offsets?topic=raw-events&partition=0", "live/state/0", "live/records"]) {
      for (const headers of [{}, { authorization: "Bearer wrong" }] as Record<string, string>[]) {
        const response = await fetch(`${operator.url}/${path}`, { headers });
        expect([path, response.status]).toEqual([path, 401]);
        expect(await response.text()).not.toContain("queue-ratchet");
      }
    }
    await writeOperatorFile(folder, { ...operator, token: "wrong" });
    await expect(open(folder)).rejects.toThrow(FailedError);
    await expect(open(folder)).rejects.toThrow("does not answer here");
  });

  it("refuses what is not there, naming it", async () => {
    const folder = await newFolder();
    await runningService(folder);
    const { url, token } = await operatorOf(folder);
    const get = async (path: string) => {
      const response = await fetch(`${url}/live/${path}`, { headers: { authorization: `Bearer ${token}` } });
      return [response.status, JSON.stringify(await response.json())];
    };
    for (const path of ["offsets?", "offset-at?timestampMs=1&", "records?offset=0&"])
      expect(await get(`${path}topic=none&partition=0`)).toEqual([404, expect.stringContaining("UNKNOWN_PARTITION")]);
    expect(await get("state/3")).toEqual([404, expect.stringContaining("UNKNOWN_PARTITION")]);
    expect(await get("records?topic=raw-events&partition=0&offset=5")).toEqual([
      416,
      expect.stringContaining("OFFSET_OUT_OF_RANGE"),
    ]);
    for (const path of ["state/-1", "state/x", "records?topic=raw-events&partition=0", "offset-at?topic=a&partition=0"])
      expect((await get(path))[0], path).toBe(400);
  });

  it("lets two states be read at a time, and frees the place of a reader that has gone", async () => {
    const folder = await newFolder();
    const { service } = await runningService(folder, { partitions: "1" });
    // More than sockets hold: a state that is not read to the end stays under way.
    await load(service, 60_000);
    const { url, token } = await operatorOf(folder);
    const abort = new AbortController();
    const ask = () =>
      fetch(`${url}/live/state/0`, { headers: { authorization: `Bearer ${token}` }, signal: abort.signal });
    expect([(await ask()).status, (await ask()).status]).toEqual([200, 200]);
    const third = await ask();
    expect([third.status, await third.text()]).toEqual([409, expect.stringContaining("BUSY")]);
    const { application } = await open(folder, { partitions: "1" });
    await expect(readState(application, 0)).rejects.toThrow("the running service refuses: BUSY");
    abort.abort();
    const free = async () => (await OperatorClient.connect(folder))?.bytes("/live/state/0").then(leave, () => false);
    expect(await until(async () => (await free()) === true, 10_000)).toBe(true);
    expect((await readState(application, 0)).rows.size).toBe(60_000);
  });

  it("stops in time though a state is being read, which is then not taken for whole", async () => {
    const folder = await newFolder();
    const { service, logged } = await runningService(folder, { partitions: "1" });
    await load(service, 60_000);
    const { application } = await open(folder, { partitions: "1" });
    const rows = (await application.state(0)).rows()[Symbol.asyncIterator]();
    await rows.next();
    const startedMs = performance.now();
    await service.stop();
    expect(performance.now() - startedMs).toBeLessThan(8_000);
    const rest = async () => {
      while (!(await rows.next()).done);
    };
    await expect(rest()).rejects.toThrow("has gone away in the middle of its answer");
    expect(logged.filter((line) => line.includes("an operator's request failed"))).toEqual([]);
  });
});

async function leave({ chunks }: { readonly chunks: AsyncIterable<Uint8Array> }): Promise<boolean> {
  for await (const chunk of chunks) return chunk.length > 0;
  return false;
}
