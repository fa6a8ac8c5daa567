/** The dead letters of an application, in the topics of whichever engine. */
import { topicNames } from "../../topology/index.js";
import type { QueriesOf } from "../queries/index.js";
import { type Letter, letterOf } from "./letter.js";
import { LetterSource } from "./letter-source.js";
import { listLetters } from "./listing.js";
import type { LetterPlace } from "./place.js";
import type { DeadLetterPort, LetterTopics, ListRequest, ListStep, ResendRequest, ResendStep } from "./port.js";
import { resendLetters } from "./resending.js";

export class DeadLetters implements DeadLetterPort {
  private readonly source: LetterSource;

  constructor(topics: LetterTopics, { topicPrefix, applicationId }: Pick<QueriesOf, "topicPrefix" | "applicationId">) {
    const names = topicNames({ prefix: topicPrefix, applicationId });
    const inputs = [names.rawEvents, names.conversationEvents, names.workItemEvents];
    this.source = new LetterSource(topics, { deadLetters: names.deadLetters, inputs, topicPrefix });
  }

  list(request: ListRequest): AsyncGenerator<ListStep> {
    return listLetters(this.source, request);
  }

  async letter(place: LetterPlace): Promise<Letter | null> {
    const record = await this.source.letter(place);
    return record === null ? null : letterOf(record);
  }

  resend(request: ResendRequest): AsyncGenerator<ResendStep> {
    return resendLetters(this.source, request);
  }
}
