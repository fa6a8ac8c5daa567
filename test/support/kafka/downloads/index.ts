/** What the servers and the independent client need, fetched on first use. */
export { DownloadFailed } from "./cache.js";
export { canMakePythonEnvironment, hasPythonEnvironment, pythonVersion, pythonWithClients } from "./python.js";
export { hasKafka, hasRegistry, kafkaClassPath, registryJar } from "./servers.js";
