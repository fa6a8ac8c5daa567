/** Where panels stand: rows one under the other, each filled from left to right. */
import type { Panel } from "./panels.js";

/** Of Grafana's grid. */
const COLUMNS = 24;

export interface Placed {
  readonly panel: Panel;
  /** In columns of 24. */
  readonly width: number;
}

export interface Row {
  readonly title: string;
  /** Of each of its panels, in steps of the grid (30 px). */
  readonly height: number;
  readonly panels: readonly Placed[];
}

/** @returns the panels with their ids and places, each row's title before its panels */
export function laidOut(rows: readonly Row[]): readonly object[] {
  const placed: object[] = [];
  let y = 0;
  for (const { title, height, panels } of rows) {
    placed.push({
      id: placed.length + 1,
      type: "row",
      title,
      collapsed: false,
      panels: [],
      gridPos: at(0, y, COLUMNS, 1),
    });
    y += 1;
    let x = 0;
    for (const { panel, width } of panels) {
      if (x + width > COLUMNS) {
        x = 0;
        y += height;
      }
      placed.push({ id: placed.length + 1, ...panel, gridPos: at(x, y, width, height) });
      x += width;
    }
    y += height;
  }
  return placed;
}

function at(x: number, y: number, w: number, h: number) {
  return { x, y, w, h };
}
