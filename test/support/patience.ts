/**
 * How much longer than on a machine of its own a test may wait: `TEST_PATIENCE` times. Machines that others share stand
 * still for seconds now and then; a test that only waits longer there still fails when what it waits for never comes.
 */
const PATIENCE = Number(process.env.TEST_PATIENCE ?? 1);
if (!(PATIENCE >= 1)) throw new Error(`TEST_PATIENCE: expected a number from 1 on, not ${process.env.TEST_PATIENCE}`);

/** @param ms what would do on a machine of its own */
export function patient(ms: number): number {
  return ms * PATIENCE;
}
