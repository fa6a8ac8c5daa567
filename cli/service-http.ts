/** What asking a running service over HTTP has in common: its address, and what can be understood of its answers. */
import { z } from "zod";
import { badValue } from "./flag-values.js";

const errorSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

/** @param path without a slash before it. @throws UsageError for what is no base of a service's endpoints */
export function endpointOf(url: string, path: string): URL {
  const base = URL.canParse(url) ? new URL(url) : null;
  if (base === null || (base.protocol !== "http:" && base.protocol !== "https:"))
    throw badValue("--url", url, "expected http://HOST:PORT");
  if (!base.pathname.endsWith("/")) base.pathname += "/";
  return new URL(path, base);
}

/** What a service says is wrong; null when the body says nothing of that kind. */
export function problemOf(body: unknown): { readonly code: string; readonly message: string } | null {
  return errorSchema.safeParse(body).data?.error ?? null;
}

/** Why a request has no answer, in a few words: fetch hides that in its causes. */
export function reasonOf(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `no answer within ${timeoutMs / 1_000} s`;
  const { cause } = error;
  if (cause instanceof Error) return "code" in cause ? String(cause.code) : cause.message;
  return error.message;
}

/** The value of a JSON text; undefined when it is none: then it is not what was expected either. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
