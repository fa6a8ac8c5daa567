/** Topics that are not what the topology needs. */

/** Topics that do not fit: to go on would part keys from their rows, or lose rows. Each line names a topic and says what to do. */
export class TopicsError extends Error {
  override readonly name = "TopicsError";

  /** @param lines one sentence for each thing that does not fit, at least one */
  constructor(readonly lines: readonly string[]) {
    super(lines.length === 1 ? `${lines[0]}` : `topics do not fit:\n${lines.map((line) => `  ${line}`).join("\n")}`);
  }
}
