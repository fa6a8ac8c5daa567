/** Random histories in the embedded engine, against the brute-force oracle. */
import { describe } from "vitest";
import { setting } from "../../oracle/settings.js";
import { randomHistoryTests } from "../product/random-histories.js";
import { EMBEDDED } from "./support/product-host.js";

/** Each costs some tens of milliseconds of synced writes: the long suite does not need a hundred thousand of them. */
const RUNS = Math.min(setting("RUNS", 150), 5_000);

describe("random histories of several conversations", () => randomHistoryTests(EMBEDDED, RUNS));
