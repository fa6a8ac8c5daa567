/** The question before something is removed: only a yes is a yes. */
import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import { confirmed } from "../../../cli/reset/confirm.js";

async function answered(text: string): Promise<{ readonly yes: boolean; readonly asked: string }> {
  const input = new PassThrough();
  const output = new PassThrough();
  const asking = confirmed("Go on? ", { input, output });
  input.end(text);
  return { yes: await asking, asked: String(output.read()) };
}

it.each(["yes\n", " yes \n"])("takes %j for a yes", async (text) => {
  expect(await answered(text)).toEqual({ yes: true, asked: "Go on? " });
});

it.each(["", "\n", "y\n", "YES\n", "no\nyes\n", "yes, but\n"])("takes %j for a no", async (text) => {
  expect((await answered(text)).yes).toBe(false);
});
