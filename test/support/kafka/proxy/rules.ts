/** Which frames a proxy lets pass. */
import { API_KEYS, type ApiName } from "./api-keys.js";

export type Direction = "request" | "response";

/**
 * What becomes of the frame: "drop" swallows it alone, "cut" swallows it and closes the connection. A delayed frame holds
 * up those behind it on its connection, as a slow broker does.
 */
export type FrameAction = "drop" | "cut" | { readonly delayMs: number };

export interface FrameRule {
  /** Every kind of request, unless one is named. A response is known by its request. */
  readonly api?: ApiName;
  readonly on: Direction;
  readonly action: FrameAction;
  /** How often it acts; without an end, unless told. */
  readonly times?: number;
  /** Of acting on a frame that it fits, 0 to 1; then `random` is needed. */
  readonly probability?: number;
  /** From 0 to 1, from the test's seed. */
  readonly random?: () => number;
  /** Looks at the frame, header included, length not. */
  readonly match?: (frame: Buffer) => boolean;
}

export interface RuleHandle {
  /** On how many frames it has acted. */
  readonly hits: number;
  remove(): void;
}

export interface Frame {
  readonly on: Direction;
  readonly apiKey: number;
  /** Without its length. */
  readonly bytes: Buffer;
}

export class FrameRules {
  private readonly rules = new Set<ActiveRule>();

  add(rule: FrameRule): RuleHandle {
    const active = new ActiveRule(rule, (self) => this.rules.delete(self));
    this.rules.add(active);
    return active;
  }

  /** @returns what the first rule that acts on it does; null: it passes. */
  decide(frame: Frame): FrameAction | null {
    for (const rule of this.rules) {
      if (rule.acts(frame)) return rule.action;
    }
    return null;
  }
}

class ActiveRule implements RuleHandle {
  hits = 0;
  readonly action: FrameAction;

  constructor(
    private readonly rule: FrameRule,
    private readonly removed: (self: ActiveRule) => void,
  ) {
    if (rule.probability !== undefined && rule.random === undefined) {
      throw new Error("a rule with a probability needs `random`: the test must be repeatable by its seed");
    }
    this.action = rule.action;
  }

  acts({ on, apiKey, bytes }: Frame): boolean {
    const { api, times, probability, random, match } = this.rule;
    if (on !== this.rule.on) return false;
    if (api !== undefined && apiKey !== API_KEYS[api]) return false;
    if (times !== undefined && this.hits >= times) return false;
    if (match !== undefined && !match(bytes)) return false;
    if (probability !== undefined && random !== undefined && random() >= probability) return false;
    this.hits += 1;
    return true;
  }

  remove(): void {
    this.removed(this);
  }
}
