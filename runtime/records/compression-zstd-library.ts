/** Loads @bokuweb/zstd-wasm at once, in the midst of decoding a batch; its own `init` is asynchronous. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

type ZstdLibrary = Pick<typeof import("@bokuweb/zstd-wasm"), "compress" | "decompress">;

/** The types of Node 20 do not have it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => object;
};

/** What Emscripten gives a module to be instantiated by someone else (https://emscripten.org/docs/api_reference/module.html). */
interface EmscriptenModule {
  instantiateWasm(imports: object, receive: (instance: object) => object): object;
  init(): void;
}

const require = createRequire(import.meta.url);

/**
 * Awaiting `init` when this module loads would be the plain way; it adds a tenth to the time that the engine takes to load (Node
 * 20.20), for a compression that most never meet. So Emscripten's hook compiles the same file at once. It is a file within the
 * package: hence the exact version in package.json, and the tests, which run this way on Node 20.
 */
export function loadZstdLibrary(): ZstdLibrary {
  const entry = require.resolve("@bokuweb/zstd-wasm");
  const library: ZstdLibrary = require(entry);
  const within: { readonly Module: EmscriptenModule } = require(join(dirname(entry), "module.js"));
  const wasm = new WebAssembly.Module(readFileSync(join(dirname(entry), "zstd.wasm")));
  within.Module.instantiateWasm = (imports, receive) => receive(new WebAssembly.Instance(wasm, imports));
  within.Module.init();
  return library;
}
