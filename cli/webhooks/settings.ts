/** Which settings make the webhooks and the listener they come through. */
export const LISTENER_SETTINGS = ["host", "port", "tlsCertFile", "tlsKeyFile", "trustProxy"] as const;

export const SECRET_SETTINGS = [
  "kustomerSecrets",
  "kustomerSecretsFile",
  "rasayelSecrets",
  "rasayelSecretsFile",
  "belcoSecrets",
  "belcoSecretsFile",
] as const;

export const WEBHOOK_SETTINGS = [...SECRET_SETTINGS, "insecureLoopback", "maxBodyBytes", "maxQueuedMb"] as const;
