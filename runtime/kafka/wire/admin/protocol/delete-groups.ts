/** DeleteGroups: to the group's coordinator. */
import type { Api } from "../../protocol/api.js";

export interface DeletedGroup {
  readonly groupId: string;
  readonly errorCode: number;
}

export const deleteGroups: Api<{ readonly groupIds: readonly string[] }, readonly DeletedGroup[]> = {
  key: 42,
  name: "DeleteGroups",
  version: 1,
  flexible: false,
  encode(encoder, { groupIds }) {
    encoder.array(groupIds, (groupId) => encoder.string(groupId));
  },
  decode(decoder) {
    decoder.int32();
    return decoder.array(() => ({ groupId: decoder.string(), errorCode: decoder.int16() }));
  },
};
