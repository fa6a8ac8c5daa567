/** Waits until something is there, with a bound. */
import { until } from "../../support/kafka/processes/until.js";

const WITHIN_MS = 30_000;
const EVERY_MS = 100;

/** @param look null while it is not there. @throws Error naming what did not come */
export async function found<Value>(what: string, look: () => Value | null | Promise<Value | null>): Promise<Value> {
  const values: Value[] = [];
  const isThere = async () => {
    const value = await look();
    if (value !== null) values.push(value);
    return value !== null;
  };
  await until(isThere, WITHIN_MS, EVERY_MS);
  const [value] = values;
  if (value === undefined) throw new Error(`this did not come in ${WITHIN_MS / 1_000} s: ${what}`);
  return value;
}
