/** ListTransactions: the transactional ids that one broker coordinates. */
import type { Api } from "./api.js";

export interface ListTransactionsRequest {
  /** As a broker spells them: `Ongoing`, `PrepareCommit`, … None at all stands for every state. */
  readonly states: readonly string[];
}

export interface ListedTransaction {
  readonly transactionalId: string;
  readonly producerId: number;
  readonly state: string;
}

export interface ListTransactionsResponse {
  readonly errorCode: number;
  /** Those of the request that the broker has never heard of. */
  readonly unknownStates: readonly string[];
  /** Those which the asker may describe; others are left out without a word. */
  readonly transactions: readonly ListedTransaction[];
}

/** KIP-664. Version 2 would filter by id too (KIP-1152), but the oldest brokers that we speak to have only this one. */
export const listTransactions: Api<ListTransactionsRequest, ListTransactionsResponse> = {
  key: 66,
  name: "ListTransactions",
  version: 0,
  flexible: true,
  encode(encoder, { states }) {
    encoder.compactArray(states, (state) => encoder.compactString(state));
    encoder.compactArray([], () => undefined); // of all producer ids
    encoder.noTags();
  },
  decode(decoder) {
    decoder.int32();
    const errorCode = decoder.int16();
    const unknownStates = decoder.compactArray(() => decoder.compactString());
    const transactions = decoder.compactArray(() => {
      const transaction = {
        transactionalId: decoder.compactString(),
        producerId: decoder.int64(),
        state: decoder.compactString(),
      };
      decoder.tags();
      return transaction;
    });
    return { errorCode, unknownStates, transactions };
  },
};
