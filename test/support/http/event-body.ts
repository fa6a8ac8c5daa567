/** Numbered Kustomer webhooks, 1 to 2 KB each, as the load clients send them: many conversations, each event told by its number. */

const TENANT = "5d2f98fec7a28e001a2cfe04";
const QUEUES = 20;
const EVENTS_PER_QUEUE_CHANGE = 3;
const FIRST_REVISION = 10;
const EVENT_ID = /"id":"e([0-9a-f]{23})"/;
/** What real events carry beside the fields that decide. */
const SNAPSHOT = JSON.stringify({
  channels: ["whatsapp"],
  status: "open",
  messageCount: 13,
  noteCount: 0,
  satisfaction: 0,
  priority: 3,
  preview: "(redacted preview) ".repeat(20),
  tags: ["5fa2a5a910e1be0019cda33a", "5fa2a5a910e1be0019cda33b", "5fa2a5a910e1be0019cda33c"],
  assignedTeams: [],
  assignedUsers: [],
  firstMessageIn: { sentAt: "2022-03-01T20:07:33.443Z", channels: ["whatsapp"], direction: "in" },
  lastMessageIn: { sentAt: "2022-03-01T20:14:33.443Z", channels: ["whatsapp"], direction: "in" },
}).slice(1, -1);

/** @param conversations how many take turns */
export function eventBody(number: number, conversations: number): string {
  const conversation = hexId("c", number % conversations);
  const revision = FIRST_REVISION + Math.floor(number / conversations);
  const changed = number % EVENTS_PER_QUEUE_CHANGE === 0;
  const queue = `{"data":{"type":"queue","id":"${hexId("f", number % QUEUES)}"}}`;
  const relationships = changed ? `{"queue":{"op":"replace","before":null,"after":${queue}}}` : "{}";
  return (
    `{"id":"${hexId("e", number)}","name":"kustomer.conversation.update","org":"${TENANT}","partition":"${TENANT}",` +
    `"data":{"type":"conversation","id":"${conversation}","attributes":{"rev":${revision},${SNAPSHOT}},` +
    `"relationships":{"queue":${queue}}},` +
    `"changes":{"attributes":{"rev":{"op":"replace","before":${revision - 1},"after":${revision}}},"relationships":${relationships}},` +
    `"createdAt":"2022-03-01T20:14:35.507Z","client":"workflow","persist":true}`
  );
}

/** The number of the event that a body is of. @throws Error for another body */
export function numberOf(body: string): number {
  const [, digits] = EVENT_ID.exec(body) ?? [];
  if (digits === undefined) throw new Error(`no numbered event: ${body.slice(0, 100)}`);
  return Number.parseInt(digits, 16);
}

function hexId(kind: "c" | "e" | "f", number: number): string {
  return kind + number.toString(16).padStart(23, "0");
}
