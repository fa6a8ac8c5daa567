/** The colour of a decision's class, in tables and timelines. */
import type { DecisionClass } from "../../schemas/index.js";
import type { Colors } from "./terminal.js";

export const CLASS_COLORS: Readonly<Record<DecisionClass, (colors: Colors) => (text: string) => string>> = {
  emitted: (colors) => colors.green,
  kept: () => (text) => text,
  echo: (colors) => colors.cyan,
  stale: (colors) => colors.red,
  duplicate: (colors) => colors.dim,
};
