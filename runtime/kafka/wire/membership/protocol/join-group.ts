/** JoinGroup, as far as it is ours: asking for a member id. The join with it is kafkajs'. */
import { Buffer } from "node:buffer";
import type { Api } from "../../protocol/api.js";

export interface MemberIdRequest {
  readonly groupId: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  /** Those of the join to come: a group refuses who has none in common with it. */
  readonly protocolNames: readonly string[];
}

/** A join without an id is refused with MEMBER_ID_REQUIRED and the id to join with (KIP-394). */
export const askForMemberId: Api<MemberIdRequest, { readonly errorCode: number; readonly memberId: string }> = {
  key: 11,
  name: "JoinGroup",
  version: 4,
  flexible: false,
  encode(encoder, { groupId, sessionTimeoutMs, rebalanceTimeoutMs, protocolNames }) {
    encoder.string(groupId);
    encoder.int32(sessionTimeoutMs);
    encoder.int32(rebalanceTimeoutMs);
    encoder.string("");
    encoder.string("consumer");
    encoder.array(protocolNames, (name) => {
      encoder.string(name);
      encoder.bytes(Buffer.alloc(0));
    });
  },
  decode(decoder) {
    decoder.int32();
    const errorCode = decoder.int16();
    decoder.int32();
    decoder.string();
    decoder.string();
    return { errorCode, memberId: decoder.string() };
  },
};
