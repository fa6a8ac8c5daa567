/** Lets a plain Node child run the project's TypeScript: imported with `--import`; strips the types, file by file. */
import { createHash } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { register } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isMainThread, threadId } from "node:worker_threads";

// Loading the compiler takes ten times as long as everything else: what it has made is kept, by the content it was made of.
const CACHE = join(tmpdir(), `queue-ratchet-test-modules-${process.getuid?.() ?? 0}`);

if (isMainThread) register(import.meta.url);

const isOwn = (url) => url?.startsWith("file:") && !url.includes("/node_modules/");

export async function resolve(specifier, context, next) {
  if (specifier.startsWith(".") && specifier.endsWith(".js") && isOwn(context.parentURL)) {
    return next(specifier.replace(/\.js$/, ".ts"), context);
  }
  return next(specifier, context);
}

export async function load(url, context, next) {
  if (!isOwn(url) || !url.endsWith(".ts")) return next(url, context);
  const file = fileURLToPath(url);
  return { format: "module", source: await transpiled(file, await readFile(file, "utf8")), shortCircuit: true };
}

async function transpiled(file, source) {
  const cached = join(CACHE, `${createHash("sha256").update(file).update(source).digest("hex")}.js`);
  const found = await readFile(cached, "utf8").catch(() => null);
  if (found !== null) return found;
  const { default: ts } = await import("typescript");
  const { outputText } = ts.transpileModule(source, {
    fileName: file,
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      inlineSourceMap: true,
    },
  });
  await mkdir(CACHE, { recursive: true });
  const temporary = `${cached}.${process.pid}.${threadId}`;
  await writeFile(temporary, outputText);
  await rename(temporary, cached);
  return outputText;
}
