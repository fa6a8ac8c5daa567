/** A compression library is loaded when the first batch needs it; when it does not load, the error says what to do. */
import type { CompressionId } from "./compression.js";
import { UnsupportedCompressionError } from "./errors.js";

interface CodecName {
  readonly id: CompressionId;
  readonly name: string;
}

/** Gives what `load` gives, loaded at the first call and kept. @throws UnsupportedCompressionError */
export function lazily<Library>(codec: CodecName, packageName: string, load: () => Library): () => Library {
  let loaded: { readonly library: Library } | null = null;
  return () => {
    if (loaded !== null) return loaded.library;
    try {
      loaded = { library: load() };
    } catch (cause) {
      throw unavailable(codec, packageName, cause);
    }
    return loaded.library;
  };
}

/** A native package has no binary for this platform, or npm was told to leave it out. */
function unavailable({ id, name }: CodecName, packageName: string, cause: unknown): UnsupportedCompressionError {
  const where = `${process.platform}-${process.arch}, Node ${process.versions.node}`;
  const remedy = "install again with its optional dependencies, or write the topic with compression.type none or gzip";
  const why = `its package ${packageName} does not load here (${where})`;
  return new UnsupportedCompressionError(id, name, `${why}; ${remedy}`, null, { cause });
}
