/** `reset`: says what will go and what follows from that, asks, and lets it go. */
import { FailedError } from "../errors.js";
import { plural } from "../output/text.js";
import type { ResettableState, RowsRemoved } from "./port.js";

export interface ResetPorts {
  readonly write: (text: string) => void;
  /** Whether to go on. */
  readonly confirm: () => Promise<boolean>;
  readonly progress: RowsRemoved;
}

const CONSEQUENCES = `What follows:
  - The next start processes everything again from the first record that is still there, raw events too: every decision is made
    and written once more. What has expired does not count any more: a conversation whose input is gone is unknown again.
  - Sequences begin at 1 again. A consumer that compares versions takes nothing older than what it has; one that counts
    sequences finds them starting anew.
`;

/** @throws FailedError when the answer is no: nothing was removed; what keeps it from being finished */
export async function runReset(
  applicationId: string,
  state: ResettableState,
  { dryRun }: { readonly dryRun: boolean },
  { write, confirm, progress }: ResetPorts,
): Promise<void> {
  const { removed, kept } = state;
  if (removed.length === 0) {
    write(`There is no state of application ${applicationId} here: nothing to remove.\n`);
    return;
  }
  write(`${dryRun ? "Would remove" : "This removes"}, of application ${applicationId}:\n`);
  write(`${removed.map((one) => `  - ${one}\n`).join("")}${kept}\n${CONSEQUENCES}`);
  if (dryRun) return;
  if (!(await confirm())) throw new FailedError("nothing was removed");
  let rows = 0;
  await state.remove((count) => {
    rows = count;
    progress(count);
  });
  write(rows === 0 ? "Removed.\n" : `Removed, with ${plural(rows, "row")} of state.\n`);
}
