/** Kafka's own command-line tools, out of the same jars. */
import { kafkaClassPath } from "../downloads/index.js";
import { type CommandOutput, JVM_OPTIONS, java, runToEnd } from "../processes/index.js";

const TOOL_WITHIN_MS = 60_000;

/**
 * Runs a class, such as `org.apache.kafka.tools.TopicCommand`, with its arguments and what it reads from its input.
 * It takes a second: Java starts.
 * @throws CommandFailed with what it printed.
 */
export type Tool = (className: string, args: readonly string[], input?: string) => Promise<CommandOutput>;

export const kafkaTool: Tool = async (className, args, input = "") =>
  runToEnd(java(), [...JVM_OPTIONS, "-Xmx256m", "-cp", await kafkaClassPath(), className, ...args], {
    timeoutMs: TOOL_WITHIN_MS,
    input,
  });
