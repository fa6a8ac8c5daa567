/** DescribeGroups: who is in a group. */
import type { Api } from "../../protocol/api.js";

export interface GroupDescription {
  readonly errorCode: number;
  /** Empty, PreparingRebalance, CompletingRebalance, Stable, Dead. */
  readonly state: string;
  readonly memberIds: readonly string[];
  readonly members: readonly DescribedMember[];
}

export interface DescribedMember {
  readonly memberId: string;
  readonly clientId: string;
  /** As its coordinator sees it: `/10.0.0.7`. */
  readonly clientHost: string;
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
      const members = decoder.compactArray(() => {
        const memberId = decoder.compactString();
        decoder.compactNullableString();
        const clientId = decoder.compactString();
        const clientHost = decoder.compactString();
        decoder.compactBytes();
        decoder.compactBytes();
        decoder.tags();
        return { memberId, clientId, clientHost };
      });
      decoder.int32();
      decoder.tags();
      return { errorCode, state, members, memberIds: members.map(({ memberId }) => memberId) };
    });
  },
};
