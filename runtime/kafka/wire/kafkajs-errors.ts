/** kafkajs' errors as this room's: told apart by their names, as its documentation does. */
import { brokerError } from "./error-codes.js";
import { AuthenticationError, ConnectionError, WireError } from "./errors.js";

/** Those that say nothing but that it was tried for long enough, or that it was given up: what was the matter is their cause. */
const WRAPPERS: ReadonlySet<string> = new Set(["KafkaJSNumberOfRetriesExceeded", "KafkaJSNonRetriableError"]);

/** A connection that was lost or hung while authenticating, which kafkajs reports as a failed authentication. */
const LOST = /Closed connection|Connection error|Connection timeout|Not connected|timed out|was closed/;

/** @param what was being done, for the message */
export function fromKafkajs(error: unknown, what: string): WireError {
  if (error instanceof WireError) return error;
  if (!(error instanceof Error)) return new WireError(`${what}: ${String(error)}`, { cause: error });
  const { name, message, cause } = error;
  if (WRAPPERS.has(name) && cause instanceof Error && cause !== error) return fromKafkajs(cause, what);
  const refused = /certificate|self.signed|unable to verify/i.test(message);
  if (refused || (/SASL/i.test(`${name} ${message}`) && !LOST.test(message)))
    return new AuthenticationError(`${what}: ${message}`, { cause: error });
  if ("code" in error && typeof error.code === "number") return brokerError(what, error.code);
  if (name.startsWith("KafkaJS")) return new ConnectionError(`${what}: ${message}`, { cause: error });
  return new WireError(`${what}: ${message}`, { cause: error });
}
