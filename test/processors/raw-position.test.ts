/** The header that says where in `raw-events` a normalised record came from. */
import { describe, expect, it } from "vitest";
import { rawPositionOf } from "../../processors/index.js";

describe("the raw position of a record", () => {
  it("is a partition and an offset", () => {
    expect(rawPositionOf("7:19")).toEqual({ partition: 7, offset: 19 });
    expect(rawPositionOf("0:9007199254740989")).toEqual({ partition: 0, offset: 2 ** 53 - 3 });
  });

  it.each([
    undefined,
    null,
    "",
    "7",
    "7:",
    ":19",
    "-1:19",
    "7:19 ",
    "7:1e3",
    "7:9007199254740990",
    "7:99999999999999999",
  ])("is not known where %j stands", (text) => {
    expect(rawPositionOf(text)).toBeNull();
  });
});
