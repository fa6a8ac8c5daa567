/** Where the embedded engine's dead letters come from: the service that runs on the folder, or the folder itself. */
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { expect, it } from "vitest";
import { openDeadLetters } from "../../../cli/dead-letters/open.js";
import { FailedError, UsageError } from "../../../cli/errors.js";
import { removeOperatorFile, writeOperatorFile } from "../../../cli/operator/operator-file.js";
import { encodeText } from "../../../runtime/task/index.js";
import { listOf, resend } from "../../runtime/dead-letters/steps.js";
import { rawEvent } from "../../runtime/product/product-run.js";
import { deadLettersSettings, newFolder, runningService } from "./service.js";

async function opened<Done>(
  folder: string,
  use: (one: Awaited<ReturnType<typeof openDeadLetters>>) => Promise<Done>,
): Promise<Done> {
  const one = await openDeadLetters(await deadLettersSettings(folder));
  try {
    return await use(one);
  } finally {
    await one.close();
  }
}

it("is the same whether the service runs, was stopped or was killed", async () => {
  const folder = await newFolder();
  const { service } = await runningService(folder);
  const bytes = Uint8Array.of(0x7b, 0xff, 0x00);
  await service.engine.append([
    { ...rawEvent("kustomer", bytes, 1), key: encodeText("kustomer:t:c") },
    rawEvent("kustomer", "{", 2),
  ]);
  await service.engine.caughtUp();
  const look = () =>
    opened(folder, async ({ letters, isStopped }) => ({
      isStopped,
      list: await listOf(letters),
      one: await letters.letter({ partition: 0, offset: 0 }),
      none: await letters.letter({ partition: 0, offset: 9 }),
      would: await resend(letters, null, { dryRun: true, code: "INVALID_JSON" }),
    }));
  const running = await look();
  expect(running.isStopped).toBe(false);
  expect(running.list.letters.map(({ code }) => code).toSorted()).toEqual(["INVALID_JSON", "INVALID_UTF8"]);
  const utf8 = running.list.letters.findIndex(({ code }) => code === "INVALID_UTF8");
  expect(Uint8Array.from(running.one?.value ?? [])).toEqual(utf8 === 0 ? bytes : encodeText("{"));
  expect(running.none).toBeNull();
  expect(running.would).toMatchObject([{ outcome: "would-send", topic: "raw-events" }]);
  await service.stop();
  const stopped = await look();
  expect(stopped).toEqual({ ...running, isStopped: true });
  // As a killed one leaves it: nobody listens there.
  await writeOperatorFile(folder, { url: "http://127.0.0.1:1", token: "t", pid: process.pid });
  expect(await look()).toEqual(stopped);
});

it("sends through a running service, which processes at once, and once", async () => {
  const folder = await newFolder();
  const { service } = await runningService(folder);
  await service.engine.append([rawEvent("kustomer", "{", 1)]);
  await service.engine.caughtUp();
  await opened(folder, async ({ letters }) => {
    expect(await resend(letters, ["0:0"])).toMatchObject([{ place: "0:0", outcome: "sent" }]);
    await service.engine.caughtUp();
    expect(await resend(letters, ["0:0"])).toMatchObject([{ outcome: "sent-before" }]);
    expect((await listOf(letters)).letters).toMatchObject([
      { place: "0:0", sentAs: "raw-events:0:1", failedAgainAs: "0:1" },
      { place: "0:1", earlierPlace: "0:0" },
    ]);
    await expect(resend(letters, ["0:1", "0:7"])).rejects.toThrow("0:7: there is no dead letter");
  });
});

it("is sent in a stopped folder, and processed by the next start", async () => {
  const folder = await newFolder();
  const first = await runningService(folder);
  await first.service.engine.append([rawEvent("kustomer", "{", 1)]);
  await first.service.engine.caughtUp();
  await first.service.stop();
  await opened(folder, async ({ letters }) => {
    expect(await resend(letters, ["0:0"])).toMatchObject([{ outcome: "sent" }]);
    expect((await listOf(letters)).letters).toMatchObject([{ sentAs: "raw-events:0:1", failedAgainAs: null }]);
  });
  const second = await runningService(folder);
  await second.service.engine.caughtUp();
  await opened(folder, async ({ letters }) => {
    expect((await listOf(letters)).letters[0]).toMatchObject({ failedAgainAs: "0:1" });
  });
});

it("cannot be had of a service that does not answer here: its pid is named", async () => {
  const folder = await newFolder();
  await runningService(folder);
  await removeOperatorFile(folder);
  const opening = openDeadLetters(await deadLettersSettings(folder));
  await expect(opening).rejects.toThrow(FailedError);
  await expect(opening).rejects.toThrow(`pid ${process.pid}) that does not answer here`);
});

it("cannot be had of a folder that is none of ours, or of other settings", async () => {
  const folder = await newFolder();
  await expect(openDeadLetters(await deadLettersSettings(folder))).rejects.toThrow(UsageError);
  await mkdir(folder);
  await expect(openDeadLetters(await deadLettersSettings(dirname(folder)))).rejects.toThrow("not a data folder");
  const { service } = await runningService(folder);
  await service.stop();
  const others = { ...(await deadLettersSettings(folder)), partitions: 5 };
  await expect(openDeadLetters(others)).rejects.toThrow("use --partitions 3");
  await expect(openDeadLetters(others)).rejects.toThrow(UsageError);
});
