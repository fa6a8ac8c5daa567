/** The settings. Adding one here adds its flag, its variable, its key in a file, its help and its line in the README. */
import { z } from "zod";
import { oneOf, type SettingSpec, topicText, wholeNumber } from "./spec.js";

export const SETTINGS = {
  applicationId: {
    flag: "application-id",
    placeholder: "ID",
    help: "Names this application's state: its changelog, consumer groups and transactions.",
    schema: topicText(1, 100),
    defaultValue: "queue-ratchet",
  },
  topicPrefix: {
    flag: "topic-prefix",
    placeholder: "TEXT",
    help: "Put before the name of every topic.",
    schema: topicText(0, 100),
    defaultValue: "",
  },
  partitions: {
    flag: "partitions",
    placeholder: "N",
    help: "Partitions of every topic but the dead letters.",
    schema: wholeNumber(1, 10_000),
    defaultValue: 12,
  },
  workItemStream: {
    flag: "work-item-stream",
    placeholder: "WORD",
    help: "present, or absent when no work-item events are received: a reverse sync then counts as a decision, and a stale one cannot be told from a fresh one.",
    schema: oneOf("present", "absent"),
    defaultValue: "present",
  },
  tenant: {
    flag: "tenant",
    placeholder: "ID",
    help: "The tenant of documents that carry none (Kustomer's audit lines).",
    schema: z
      .string()
      .regex(/^[^:\p{Cc}]{1,512}$/u, "expected 1 to 512 characters without a colon or control characters")
      .nullable(),
    defaultValue: null,
  },
} as const satisfies Record<string, SettingSpec<unknown>>;

export type SettingName = keyof typeof SETTINGS;
export type SettingValue<Name extends SettingName> = z.infer<(typeof SETTINGS)[Name]["schema"]>;

/** The values of the settings that a command takes. */
export type SettingValues<Names extends SettingName> = { readonly [Name in Names]: SettingValue<Name> };

export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[];
