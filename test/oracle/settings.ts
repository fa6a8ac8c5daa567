/** The numbers of runs and the seed of the random tests, from the environment. */

/** A whole number from the environment. @throws Error when it is set to something else. */
export function setting(name: string, fallback: number): number {
  const text = process.env[name];
  if (text === undefined || text === "") return fallback;
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new Error(`${name} must be a whole number, not ${text}`);
  return value;
}

/** One seed for all random tests of a run: set SEED to what a failed run printed to see it fail again. */
export const SEED = setting("SEED", Math.floor(Math.random() * 2 ** 31));

/** Prints the seed and the size of a random test. */
export function announce(test: string, sizes: Readonly<Record<string, number>>): void {
  const shown = Object.entries({ SEED, ...sizes }).map(([name, value]) => `${name}=${value}`);
  process.stdout.write(`${test}: ${shown.join(" ")}\n`);
}

/** A generator of numbers from 0 up to (not including) 1, the same for the same seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
