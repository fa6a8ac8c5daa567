/** Where the servers of `kafka:up` live, one set on a machine. */
import { tmpdir } from "node:os";
import { join } from "node:path";

export const UP_FOLDER = join(tmpdir(), "queue-ratchet-kafka-up");

export const KAFKA_FOLDER = join(UP_FOLDER, "kafka");
export const REGISTRY_FOLDER = join(UP_FOLDER, "registry");
/** What `kafka:up` has said, for whoever asks again. */
export const ADDRESSES_FILE = join(KAFKA_FOLDER, "addresses.txt");
