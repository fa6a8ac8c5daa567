/** The live application of the embedded engine. */
import { startEmbedded } from "./embedded-host.js";
import { liveTests } from "./live-tests.js";

liveTests("the live application of an embedded engine", startEmbedded);
