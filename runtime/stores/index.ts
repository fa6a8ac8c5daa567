/** The door of the stores. */
export { stageChanged } from "./changed-rows.js";
export { positionsKey, rowPrefix } from "./keys.js";
export { LruRowCache, noRowCache, type RowCache } from "./row-cache.js";
export { RowStore } from "./row-store.js";
export type { ChangedRow, ReadableStore, RowPage, RowPageOptions } from "./store.js";
