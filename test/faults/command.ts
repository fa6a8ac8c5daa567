/**
 * `npm run test:faults -- [--seed S] [--rounds N] [--only FAULT]`: rounds S, S + 1, … of faults over a running load; each ends with
 * the verifier. Ends with 1 when one has failed.
 */
import { parseArgs } from "node:util";
import { SEED } from "../oracle/settings.js";
import { Scene } from "./scene.js";
import { Suite } from "./suite.js";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: String(SEED) },
    rounds: { type: "string", default: "2" },
    only: { type: "string" },
  },
});

const options = { seed: wholeNumber("seed"), rounds: wholeNumber("rounds"), only: values.only ?? null };
console.log(`faults: --seed ${options.seed} --rounds ${options.rounds}`);
const scene = await Scene.start();
try {
  const suite = new Suite(scene, options, (text) => console.log(text));
  await suite.run();
  console.log(`${options.rounds - suite.failed.length} of ${options.rounds} rounds passed; ${suite.coverage}`);
  process.exitCode = suite.failed.length === 0 ? 0 : 1;
} finally {
  await scene.stop();
}

function wholeNumber(name: "seed" | "rounds"): number {
  const value = Number(values[name]);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  console.error(`--${name} ${values[name]}: expected a whole number`);
  process.exit(2);
}
