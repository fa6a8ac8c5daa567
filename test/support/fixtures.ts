/** The fixtures: real payloads, redacted. */
import { fileURLToPath } from "node:url";

export const INCIDENT = fileURLToPath(new URL("../fixtures/kustomer-incident.ndjson", import.meta.url));
export const BELCO = fileURLToPath(new URL("../fixtures/belco-events.ndjson", import.meta.url));
export const RASAYEL = fileURLToPath(new URL("../fixtures/rasayel-conversation-closed.json", import.meta.url));
export const INCIDENT_TENANT = "5d2f98fec7a28e001a2cfe04";
export const INCIDENT_KEY = `kustomer:${INCIDENT_TENANT}:621e7d0534b1800f59590a62`;
