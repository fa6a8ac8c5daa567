/** Asks a person on a terminal for a yes, and takes everything else for a no. */
import { createInterface } from "node:readline";

export interface ConfirmStreams {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
}

/** An end of the input and Ctrl-C are a no. */
export function confirmed(question: string, { input, output }: ConfirmStreams): Promise<boolean> {
  const lines = createInterface({ input, output });
  return new Promise((resolve) => {
    lines.on("close", () => resolve(false));
    lines.question(question, (answer) => {
      resolve(answer.trim() === "yes");
      lines.close();
    });
  });
}
