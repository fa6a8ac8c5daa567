/** The door of the stores. */
export { positionsKey, rowPrefix } from "./keys.js";
export { LruRowCache, noRowCache, type RowCache } from "./row-cache.js";
export { type RowPage, type RowPageOptions, RowStore } from "./row-store.js";
export type { ChangedRow, ReadableStore } from "./store.js";
