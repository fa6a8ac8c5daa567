/** The code of an error of the operating system, such as ENOENT; undefined when it is another error. */
export function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
