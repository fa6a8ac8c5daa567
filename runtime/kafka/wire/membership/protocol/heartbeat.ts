/** Heartbeat: whether the coordinator has the member in the generation, which it then goes on to have. */
import type { Api } from "../../protocol/api.js";
import type { GroupMember } from "../../protocol/transactions.js";

export const heartbeat: Api<GroupMember, { readonly errorCode: number }> = {
  key: 12,
  name: "Heartbeat",
  version: 2,
  flexible: false,
  encode(encoder, { groupId, generationId, memberId }) {
    encoder.string(groupId);
    encoder.int32(generationId);
    encoder.string(memberId);
  },
  decode(decoder) {
    decoder.int32();
    return { errorCode: decoder.int16() };
  },
};
