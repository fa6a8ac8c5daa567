/** What a running service says at `/metrics`. */
import { lookAt } from "./log-hygiene/collect.js";

/** @param url of the listener of the metrics, as `http://host:port`. */
export async function metricsPage(url: string): Promise<string> {
  const text = await (await fetch(`${url}/metrics`)).text();
  lookAt(text, "the metrics");
  return text;
}
