/** The local store: of others, damaged, on a full disk, in use, copied. */
import { cp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { until } from "../../support/kafka/index.js";
import { slowly } from "../../support/slow.js";
import { noSmallDisk, skippedBecause, smallDisk } from "../../support/small-disk.js";
import { expectFails, expectStops, logged } from "./support/deployment.js";
import { HealthWatch } from "./support/health.js";
import { DAMAGES, damageStore, makeOfAnotherCluster } from "./support/stores.js";
import { describeOnSharedServers, EVENTS } from "./support/test-bed.js";

const THROWN_AWAY = "the local store is thrown away, its tasks will be restored from their changelogs";
const DISK_BYTES = 24 * 1024 * 1024;
const FULL_WITHIN_MS = 30_000;

describeOnSharedServers("the local store", (bed) => {
  it("of another application, or another cluster, is thrown away and restored", async () => {
    const [deployment, other] = [await bed.stopped(), await bed.stopped()];
    await rm(deployment.folder(), { recursive: true });
    await cp(other.folder(), deployment.folder(), { recursive: true });
    const first = await deployment.started();
    expect(logged(first, THROWN_AWAY)).toMatchObject([
      { because: expect.stringMatching(/^it belongs to the application faults-\w+, not to faults-\w+$/) },
    ]);
    await expectStops(first);
    await makeOfAnotherCluster(deployment.folder());
    const second = await deployment.started();
    expect(logged(second, THROWN_AWAY)).toMatchObject([
      { because: expect.stringMatching(/^it belongs to the cluster another-one, not to /) },
    ]);
    await deployment.send(EVENTS);
    await deployment.expectGoesOn(second);
  });

  slowly("damaged in any of its files is thrown away and restored", async () => {
    const { deployment, service: first } = await bed.running();
    let service = first;
    for (const damage of DAMAGES) {
      if (damage.after === "SIGTERM") await expectStops(service);
      else service.kill(damage.after);
      await service.ended;
      await damageStore(deployment.folder(), damage);
      service = await deployment.started();
      // A write-ahead log may end in the middle, as after a crash: then what comes before it is kept.
      if (damage.after === "SIGTERM") expect(logged(service, THROWN_AWAY), damage.what).toHaveLength(1);
      const restored = logged(service, "restored").map(({ task }) => task);
      expect(restored.sort(), damage.what).toEqual(["ratchet-0", "ratchet-1"]);
      await deployment.send(EVENTS);
      await deployment.atRest();
      // Tables are made of the logs by the next start.
      await expectStops(service);
      service = await deployment.started();
    }
    await deployment.expectGoesOn(service);
  });

  slowly("in use by another process: that one goes on, and the second says by whom", async () => {
    const { deployment, service } = await bed.running();
    const health = await HealthWatch.of(service);
    await expectFails(deployment.start(), /is in use by the process with pid \d+; stop it, or choose another folder/);
    await deployment.send(EVENTS);
    await deployment.atRest();
    expect(health.readiness).toEqual([true]);
    await deployment.expectGoesOn(service);
  });

  slowly("copied while its instance lives: both live on", async () => {
    const { deployment, service: living } = await bed.running();
    await cp(deployment.folder(), deployment.folder("copy"), { recursive: true });
    const copy = await deployment.started({ folder: "copy" });
    const watches = [await HealthWatch.of(living), await HealthWatch.of(copy)];
    for (const watch of watches) await watch.becomes(true);
    await deployment.send(EVENTS);
    await deployment.atRest();
    for (const { lines } of [living, copy])
      expect(lines.filter((line) => /not aware of this member|fenced|PRODUCER_FENCED/.test(line))).toEqual([]);
    await expectStops(copy);
    await deployment.send(EVENTS);
    await deployment.expectGoesOn(living, ["data", "copy"]);
  });

  it.skipIf(noSmallDisk !== null)(
    `on a full disk: it fails and says so; with room again it goes on${skippedBecause(noSmallDisk)}`,
    async () => {
      const deployment = await bed.deploy();
      const disk = await smallDisk(DISK_BYTES);
      const args = ["--data-dir", join(disk, "data")];
      const service = await deployment.started({ args });
      await writeFile(join(disk, "ballast"), Buffer.alloc(2 * DISK_BYTES)).catch(() => undefined);
      await until(async () => {
        await deployment.send(1);
        return service.process.exitCode !== null;
      }, FULL_WITHIN_MS);
      await expectFails(service, /no space left on the disk of .*; make room and start again/);
      await rm(join(disk, "ballast"));
      const again = await deployment.started({ args });
      await deployment.atRest();
      await expectStops(again);
      await cp(join(disk, "data"), deployment.folder(), { recursive: true });
      await deployment.expectRight();
    },
  );
});
