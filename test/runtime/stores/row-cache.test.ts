/** The row cache keeps the rows used last, within its bound. */
import { describe, expect, it } from "vitest";
import { LruRowCache, noRowCache } from "../../../runtime/stores/row-cache.js";

const ENCODED_BYTES = 100;

/** What one row of 100 encoded bytes takes. */
function rowBytes(): number {
  const cache = new LruRowCache(1e6);
  cache.set("k0", {}, ENCODED_BYTES);
  return cache.sizeBytes;
}

/** A cache with room for so many rows of 100 encoded bytes, filled with k0, k1 and so on. */
function filled(room: number, rows: number): LruRowCache {
  const cache = new LruRowCache(room * rowBytes());
  for (let index = 0; index < rows; index++) cache.set(`k${index}`, { index }, ENCODED_BYTES);
  return cache;
}

function kept(cache: LruRowCache, rows: number): string[] {
  return Array.from({ length: rows }, (_, index) => `k${index}`).filter((key) => cache.get(key) !== undefined);
}

describe("the row cache", () => {
  it("gives back the row itself", () => {
    const row = { sequence: 7 };
    const cache = new LruRowCache(1e6);
    cache.set("k", row, ENCODED_BYTES);
    expect(cache.get("k")).toBe(row);
    expect(cache.get("other")).toBeUndefined();
  });

  it("counts a row as several times its encoded size", () => {
    expect(rowBytes()).toBeGreaterThan(3 * ENCODED_BYTES);
  });

  it("lets the row go that was used longest ago, and never exceeds its bound", () => {
    expect(kept(filled(3, 5), 5)).toEqual(["k2", "k3", "k4"]);
    expect(filled(3, 5).sizeBytes).toBe(3 * rowBytes());
  });

  it("counts reading as use", () => {
    const cache = filled(3, 3);
    cache.get("k0");
    cache.set("k3", {}, ENCODED_BYTES);
    expect(kept(cache, 4)).toEqual(["k0", "k2", "k3"]);
  });

  it("counts a replaced row once, with its new size", () => {
    const cache = filled(3, 1);
    cache.set("k0", {}, ENCODED_BYTES);
    expect(cache.sizeBytes).toBe(rowBytes());
    cache.set("k0", {}, 2 * ENCODED_BYTES);
    expect(cache.sizeBytes).toBeGreaterThan(rowBytes());
    expect(cache.sizeBytes).toBeLessThan(2 * rowBytes());
  });

  it("does not keep a row that is larger than itself, nor what it replaces", () => {
    const cache = filled(3, 1);
    cache.set("k0", {}, 100 * ENCODED_BYTES);
    expect(cache.get("k0")).toBeUndefined();
    expect(cache.sizeBytes).toBe(0);
  });

  it("keeps nothing of no size", () => {
    const cache = new LruRowCache(0);
    cache.set("k", {}, 0);
    expect(cache.get("k")).toBeUndefined();
  });

  it("keeps records only", () => {
    const cache = new LruRowCache(1e6);
    cache.set("text", "row", ENCODED_BYTES);
    cache.set("null", null, ENCODED_BYTES);
    expect([cache.get("text"), cache.get("null"), cache.sizeBytes]).toEqual([undefined, undefined, 0]);
  });

  it("is empty after clear", () => {
    const cache = filled(3, 3);
    cache.clear();
    expect(kept(cache, 3)).toEqual([]);
    expect(cache.sizeBytes).toBe(0);
  });
});

it("no row cache keeps nothing", () => {
  noRowCache.set("k", {}, 1);
  noRowCache.clear();
  expect(noRowCache.get("k")).toBeUndefined();
});
