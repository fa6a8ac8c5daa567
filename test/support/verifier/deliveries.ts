/** What a load has written to the raw topic, and what the product must make of it. */
import type { JoinedEvent } from "../../oracle/oracle.js";
import type { Acknowledged } from "../kafka/independent-client/index.js";

export type Outcome =
  /** Exactly this event, in the topic of its kind. */
  | { readonly kind: "joined"; readonly joined: JoinedEvent }
  | { readonly kind: "dead-letter"; readonly code: string }
  | { readonly kind: "ignored" };

export interface Delivery {
  /** The header `delivery-id`. */
  readonly id: string;
  readonly outcome: Outcome;
  /** Where the brokers said that it is; null: never acknowledged, and may be there or not. */
  readonly place: Acknowledged | null;
}
