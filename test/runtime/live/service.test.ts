/** The live application of a running service, by its operator endpoint. */
import { liveTests } from "./live-tests.js";
import { startServed } from "./service-host.js";

liveTests("the live application of a running service", startServed);
