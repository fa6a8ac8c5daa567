/** `npm run kafka:down`: stops what `kafka:up` has started, and removes its data. */
import { rmSync } from "node:fs";
import { ProcessFolder } from "../processes/index.js";
import { KAFKA_FOLDER, REGISTRY_FOLDER, UP_FOLDER } from "./up-folder.js";

const up = [ProcessFolder.find(KAFKA_FOLDER), ProcessFolder.find(REGISTRY_FOLDER)].filter((folder) => folder !== null);
for (const folder of up) await folder.end();
rmSync(UP_FOLDER, { recursive: true, force: true });
console.log(up.length === 0 ? "nothing was up" : "stopped");
