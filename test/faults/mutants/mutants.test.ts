/** Each step of the engine's protocol is needed: without it, the verifier finds something under the fault that is named with it. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { announce, SEED } from "../../oracle/settings.js";
import { describeWithKafka } from "../../support/kafka/index.js";
import { itSlowly, LEFT_OUT } from "../../support/slow.js";
import { describeViolation } from "../../support/verifier/index.js";
import { FAULTS } from "../faults/index.js";
import { isPassed, runRound } from "../round.js";
import { Scene } from "../scene.js";
import { NO_FAULT } from "../schedule.js";
import { makeMutant } from "./mutant.js";
import { MUTATIONS } from "./mutations.js";

/** A fault may miss the moment. */
const ROUNDS_MAX = 4;
/** Of what has caught it: it should be what the step is about. */
const SHOWN = 5;
const CAUGHT_WITHIN_MS = 900_000;

describe("the steps of the protocol", () => {
  it.each(MUTATIONS.map(({ id, ...mutation }) => [id, mutation] as const))("%s can be undone", (_, { undo, fault }) => {
    expect(readFileSync(undo.file, "utf8").split(undo.find)).toHaveLength(2);
    expect(undo.replace).not.toBe(undo.find);
    expect([...FAULTS.keys(), NO_FAULT]).toContain(fault);
  });
});

// Minutes for each: the long suite does all of them, this one the quickest.
const UNDONE = process.env.LONG === "1" ? MUTATIONS : MUTATIONS.filter(({ fault }) => fault === NO_FAULT);

describeWithKafka("an engine without a step", { kafka: "own", registry: true, independentClient: true }, (servers) => {
  let scene: Scene;
  beforeAll(async () => {
    announce("mutants", { mutants: UNDONE.length });
    scene = await Scene.start(servers.registry.url);
  });
  afterAll(() => scene?.stop());

  itSlowly.each(UNDONE.map((mutation) => [mutation.id, mutation.fault, mutation.undo] as const))(
    `is found out: %s, by %s${LEFT_OUT}`,
    { timeout: CAUGHT_WITHIN_MS },
    async (_, only, undo) => {
      const mutant = makeMutant(process.cwd(), undo);
      try {
        expect(await isCaught(mutant.program, only)).toBe(true);
      } finally {
        mutant.remove();
      }
    },
  );

  async function isCaught(program: string, only: string): Promise<boolean> {
    for (let index = 0; index < ROUNDS_MAX; index++) {
      const result = await runRound(scene, { seed: SEED + index, only, program });
      if (isPassed(result)) continue;
      console.log(
        [...result.problems, ...result.findings.violations.map(describeViolation)].slice(0, SHOWN).join("\n"),
      );
      return true;
    }
    return false;
  }
});
