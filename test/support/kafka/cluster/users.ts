/** Who may log in, and how: another user for each mechanism, so that a client with the wrong one is refused. */
export const MECHANISMS = ["plain", "scram-sha-256", "scram-sha-512"] as const;

/** In the spelling of kafkajs; a broker writes it in capitals. */
export type Mechanism = (typeof MECHANISMS)[number];

export interface User {
  readonly mechanism: Mechanism;
  readonly username: string;
  readonly password: string;
}

export const USERS: Readonly<Record<Mechanism, User>> = {
  plain: { mechanism: "plain", username: "paula", password: "paula-secret" },
  "scram-sha-256": { mechanism: "scram-sha-256", username: "sam", password: "sam-secret" },
  "scram-sha-512": { mechanism: "scram-sha-512", username: "sue", password: "sue-secret" },
};

/** Arguments for the formatting of a broker's folder, which puts the credentials into the cluster's metadata. */
export function scramArguments(): string[] {
  return [USERS["scram-sha-256"], USERS["scram-sha-512"]].flatMap(({ mechanism, username, password }) => [
    "--add-scram",
    `${mechanism.toUpperCase()}=[name=${username},password=${password}]`,
  ]);
}

export function saslProperties(listener: string): Record<string, string> {
  const prefix = `listener.name.${listener.toLowerCase()}`;
  const { username, password } = USERS.plain;
  const scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;";
  return {
    [`${prefix}.sasl.enabled.mechanisms`]: MECHANISMS.map((name) => name.toUpperCase()).join(","),
    [`${prefix}.plain.sasl.jaas.config`]: `org.apache.kafka.common.security.plain.PlainLoginModule required user_${username}="${password}";`,
    [`${prefix}.scram-sha-256.sasl.jaas.config`]: scram,
    [`${prefix}.scram-sha-512.sasl.jaas.config`]: scram,
  };
}
