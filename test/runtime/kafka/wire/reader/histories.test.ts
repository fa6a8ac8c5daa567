/** Random histories of small topics, each read by our reader and by librdkafka: the same records, wherever one begins. */
import { expect, it } from "vitest";
import { announce, SEED, setting } from "../../../../oracle/settings.js";
import { describeWithKafka } from "../../../../support/kafka/index.js";
import { history, told } from "./support/history.js";
import { HistoryLane } from "./support/history-lane.js";

const HISTORIES = setting("HISTORIES", 50);
const LANES = ["none", "gzip", "snappy", "lz4", "zstd", "none"];
const FILE = "test/runtime/kafka/wire/reader/histories.test.ts";

describeWithKafka("histories of a topic", { kafka: "shared", independentClient: true }, (servers) => {
  it("K10 K11 K14 are read as librdkafka reads them, in both isolation levels", async () => {
    announce("histories", { HISTORIES });
    const fromMs = performance.now();
    let next = SEED;
    let failed: { readonly seed: number; readonly error: unknown } | null = null;
    await Promise.all(
      LANES.slice(0, HISTORIES).map(async (codec) => {
        const lane = await HistoryLane.open(servers.kafka.bootstrap, servers.independentClient, codec);
        while (next < SEED + HISTORIES && failed === null) {
          const seed = next++;
          await lane.run(history(seed)).catch((error) => {
            failed ??= { seed, error };
          });
        }
        await lane.close();
      }),
    );
    console.log(`${HISTORIES} histories in ${Math.round(performance.now() - fromMs)} ms`);
    expect(failure(failed)).toBeNull();
  });
});

function failure(failed: { readonly seed: number; readonly error: unknown } | null): string | null {
  if (failed === null) return null;
  const { steps, settings } = history(failed.seed);
  const again = `SEED=${failed.seed} HISTORIES=1 npx vitest run ${FILE}`;
  const what = failed.error instanceof Error ? (failed.error.stack ?? failed.error.message) : String(failed.error);
  return [`again: ${again}`, JSON.stringify(settings), ...steps.map(told), what].join("\n");
}
