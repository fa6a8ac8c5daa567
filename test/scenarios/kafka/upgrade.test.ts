/**
 * A rolling upgrade over a change of the row format: instances of the old version and of the new one share the partitions of one
 * application under load, first with --upgrade-from, then without; and the verifier finds nothing lost, nothing twice, nothing stale.
 */
import { afterAll, beforeAll, expect, onTestFinished } from "vitest";
import { Load } from "../../faults/load/load.js";
import { Traffic } from "../../faults/load/traffic.js";
import type { Mutant } from "../../faults/mutants/mutant.js";
import { announce, randomNumbers, SEED } from "../../oracle/settings.js";
import { describeWithKafka, until } from "../../support/kafka/index.js";
import { makeOldVersion } from "../../support/old-version/old-version.js";
import { patient } from "../../support/patience.js";
import { type RunningService, startService } from "../../support/service.js";
import { slowly } from "../../support/slow.js";
import {
  awaitNoLag,
  awaitNoTransactions,
  describeViolation,
  Findings,
  Reader,
  readLocalStore,
  verify,
} from "../../support/verifier/index.js";
import { newApplication } from "./support/application.js";

const PARTITIONS = 3;
const CONVERSATIONS = 100;
const LOAD = { perSecond: 150, fullUpTo: 10_000, thenPerSecond: 50 };
const RULE = { workItemStream: "present" } as const;
/** So many decisions more: it has read rows that the others wrote. */
const SOME = 60;
const WITHIN_MS = 60_000;
const OLDER = ["--upgrade-from", "0.1.0"];

interface Instance {
  readonly service: RunningService;
  readonly metrics: string;
}

async function stop({ service }: Instance): Promise<void> {
  service.kill("SIGTERM");
  expect(await service.ended, service.lines.slice(-5).join("\n")).toEqual({ code: 0, signal: null });
}

async function decisionsOf(metrics: string): Promise<number> {
  // Not as a page to be looked through for what must not be logged: it is asked for again and again.
  const page = await (await fetch(`${metrics}/metrics`)).text();
  const counts = page.matchAll(/^queue_ratchet_decisions_total\{.*\} (\d+)$/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

/** @throws what it said last, when it has ended */
async function decidesSome({ service, metrics }: Instance): Promise<void> {
  const before = await decisionsOf(metrics).catch(() => 0);
  const decides = until(async () => (await decisionsOf(metrics)) >= before + SOME, patient(WITHIN_MS), 100);
  const ended = await Promise.race([decides.catch(() => false), service.ended]);
  expect(ended, service.lines.slice(-8).join("\n")).toBe(true);
}

describeWithKafka(
  "a rolling upgrade from version 1 of the rows",
  { kafka: "shared", registry: true, independentClient: true },
  (servers) => {
    let reader: Reader;
    let old: Mutant;
    beforeAll(async () => {
      old = makeOldVersion();
      reader = await Reader.start(servers.kafka.bootstrap, servers.registry.url);
    });
    afterAll(async () => {
      old.remove();
      await reader.close();
    });

    slowly(
      "takes tasks over both ways, ends an old instance that meets a new row, and loses nothing",
      async () => {
        announce("rolling upgrade", { CONVERSATIONS });
        const application = newApplication(servers, PARTITIONS);
        const folders = [await application.folder(), await application.folder(), await application.folder()] as const;
        const [first, second, third] = folders;
        const start = async (folder: string, args: readonly string[], program?: string): Promise<Instance> => {
          const flags = [...application.flags(folder), "--session-timeout-ms", "3000", ...args];
          const service = startService(flags, program === undefined ? {} : { program });
          return { service, metrics: (await service.ready()).metrics };
        };
        let one = await start(first, [], old.program);
        const load = new Load(reader, application, new Traffic(randomNumbers(SEED), CONVERSATIONS), {
          ...LOAD,
          random: randomNumbers(SEED + 1),
        });
        onTestFinished(() => load.stop());
        load.start();
        await decidesSome(one);

        // The first bounce: new ones come, in the old format, and tasks move both ways.
        let two = await start(second, OLDER);
        await decidesSome(two);
        await stop(one);
        await decidesSome(two);
        one = await start(first, [], old.program);
        await decidesSome(one);
        await stop(two);
        await decidesSome(one);
        two = await start(second, OLDER);
        await stop(one);
        await decidesSome(two);

        // The old one is gone. The second: without the flag, one after the other.
        one = await start(first, []);
        await decidesSome(one);
        await decidesSome(two);
        await stop(two);
        await decidesSome(one);

        // One of the old version that comes back meets rows that it cannot read.
        const late = startService([...application.flags(third), "--session-timeout-ms", "3000"], {
          program: old.program,
        });
        expect(await late.ended, late.lines.slice(-5).join("\n")).toEqual({ code: 1, signal: null });
        expect(late.lines.at(-1)).toContain("AssignmentRow: unknown version 2; this program reads version 1");
        await decidesSome(one);

        await load.stop();
        const findings = new Findings();
        await awaitNoLag(findings, reader, application, patient(WITHIN_MS));
        await awaitNoTransactions(findings, reader, application, servers.kafka.bootstrap, patient(WITHIN_MS));
        await stop(one);
        const stores = [];
        for (const folder of folders) stores.push(await readLocalStore(folder, PARTITIONS));
        const { deliveries } = load;
        await verify(findings, { reader, application, deliveries, stores, options: RULE });
        expect(findings.violations.map(describeViolation)).toEqual([]);
        // Rows of both formats have come to be, and the newest of all conversations that live is the new one.
        expect(findings.counts.get("changelog rows once of an older version")).toBeGreaterThan(CONVERSATIONS / 2);
        expect(findings.counts.get("changelog rows of the present version")).toBeGreaterThan(CONVERSATIONS / 2);
        announce("rolling upgrade, verified", Object.fromEntries(findings.counts));
      },
      240_000,
    );
  },
);
