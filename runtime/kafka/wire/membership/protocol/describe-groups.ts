/** DescribeGroups: who is in a group. */
import type { Api } from "../../protocol/api.js";

export interface GroupDescription {
  readonly errorCode: number;
  /** Empty, PreparingRebalance, CompletingRebalance, Stable, Dead. */
  readonly state: string;
  readonly memberIds: readonly string[];
}

export const describeGroup: Api<{ readonly groupId: string }, readonly GroupDescription[]> = {
  key: 15,
  name: "DescribeGroups",
  version: 5,
  flexible: true,
  encode(encoder, { groupId }) {
    encoder.compactArray([groupId], (one) => encoder.compactString(one));
    encoder.bool(false);
    encoder.noTags();
  },
  decode(decoder) {
    decoder.int32();
    return decoder.compactArray(() => {
      const errorCode = decoder.int16();
      decoder.compactString();
      const state = decoder.compactString();
      decoder.compactString();
      decoder.compactString();
      const memberIds = decoder.compactArray(() => {
        const memberId = decoder.compactString();
        decoder.compactNullableString();
        decoder.compactString();
        decoder.compactString();
        decoder.compactBytes();
        decoder.compactBytes();
        decoder.tags();
        return memberId;
      });
      decoder.int32();
      decoder.tags();
      return { errorCode, state, memberIds };
    });
  },
};
