/** Processes beside the tests: how they are started, watched, waited for and ended. */
export { freePorts } from "./free-ports.js";
export { JAVA_VERSION_NEEDED, JVM_OPTIONS, java, javaVersion } from "./java.js";
export { ProcessFolder } from "./process-folder.js";
export { CommandFailed, type CommandOutput, runToEnd } from "./run-to-end.js";
export { ServerFailed, ServerProcess } from "./server-process.js";
export { until } from "./until.js";
