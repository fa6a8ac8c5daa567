/** `npm run kafka:fetch`: makes everything that the tests with real servers need available, for machines that go offline. */
import { kafkaClassPath, pythonWithClients, registryJar } from "../downloads/index.js";

// One after the other: Maven's own cache does not bear two writers well.
console.log(`Apache Kafka: ${await kafkaClassPath()}`);
console.log(`schema registry: ${await registryJar()}`);
console.log(`independent client: ${await pythonWithClients()}`);
