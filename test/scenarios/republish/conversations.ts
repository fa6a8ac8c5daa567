/** Conversations, a body each, that are assigned once. */
import { encodeText, type ProducedRecord } from "../../../runtime/task/index.js";
import { conversation, TO_Q1, TO_Q2 } from "../../oracle/build.js";
import { kustomerBody } from "../../runtime/embedded/support/kustomer-bodies.js";

export function bodies(count: number, revision = 1): string[] {
  return Array.from({ length: count }, (_, index) => {
    const conversationId = `c${String(index).padStart(5, "0")}`;
    const queueChange = revision % 2 === 0 ? TO_Q2 : TO_Q1;
    return kustomerBody(conversation({ conversationId, eventId: `e${revision}`, revision, queueChange }));
  });
}

/** As an ingress writes them, each of its conversation's key. */
export function rawRecord(topic: string, body: string, timestamp: number): ProducedRecord {
  const { data, org } = JSON.parse(body) as { readonly data: { readonly id: string }; readonly org: string };
  const headers = [{ key: "source", value: encodeText("kustomer") }];
  return { topic, timestamp, key: encodeText(`kustomer:${org}:${data.id}`), value: encodeText(body), headers };
}
