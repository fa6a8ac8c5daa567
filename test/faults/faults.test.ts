/**
 * Rounds of faults over a running load on three brokers and two or three instances; each ends with the verifier. FAULT_ROUNDS is how
 * many, SEED the first; FAULT_ONLY names the only kind of fault.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { announce, SEED, setting } from "../oracle/settings.js";
import { describeWithKafka } from "../support/kafka/index.js";
import { describeRound } from "./report.js";
import { isPassed } from "./round.js";
import { Scene } from "./scene.js";
import { Suite } from "./suite.js";

const ROUNDS = setting("FAULT_ROUNDS", 1);
const ONLY = process.env.FAULT_ONLY || null;
/** From where every kind has come, whatever the seed. */
const ROUNDS_FOR_ALL = 10;
const ROUND_WITHIN_MS = 300_000;

describeWithKafka(
  "an application under faults",
  { kafka: "own", registry: true, independentClient: true },
  (servers) => {
    let scene: Scene;
    let suite: Suite;
    beforeAll(async () => {
      announce("faults", { FAULT_ROUNDS: ROUNDS });
      scene = await Scene.start(servers.registry.url);
      suite = new Suite(scene, { seed: SEED, rounds: ROUNDS, only: ONLY }, (text) => console.log(text));
    });
    afterAll(() => scene?.stop());

    it.each(Array.from({ length: ROUNDS }, (_, index) => [SEED + index]))(
      "keeps every invariant in round %i",
      // What a round finds is never tried again, whoever asks for it.
      { timeout: ROUND_WITHIN_MS, retry: 0 },
      async (seed) => {
        const result = await suite.round(seed);
        expect(isPassed(result), describeRound(result, ONLY, scene.logFiles)).toBe(true);
      },
    );

    it("has come through every kind of fault", () => {
      console.log(`faults: ${suite.coverage}`);
      const missing = [...suite.came].filter(([, count]) => count === 0).map(([kind]) => kind);
      if (ONLY === null && ROUNDS >= ROUNDS_FOR_ALL) expect(missing).toEqual([]);
    });
  },
);
