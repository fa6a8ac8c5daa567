/** Opens the sink that was asked for. */
import type { Replay } from "../../runtime/replay/index.js";
import type { Writer } from "../output/writer.js";
import type { ReplayRequest } from "./flags.js";
import type { ReplayFolder } from "./folder.js";
import type { ReplaySettings } from "./settings.js";
import { FileSink, noSink, printingSink, type Sink, topicSink } from "./sink.js";

export interface SinkPorts {
  readonly folder: ReplayFolder;
  readonly replay: Replay;
  readonly writer: Writer;
}

/** @throws UsageError, FailedError when it cannot be written; SchemaRegistryError, WireError */
export async function openSink(
  { sink, id }: ReplayRequest,
  settings: ReplaySettings,
  { folder, replay, writer }: SinkPorts,
): Promise<Sink> {
  switch (sink.kind) {
    case "none":
      return noSink;
    case "stdout":
      return printingSink(writer);
    case "file":
      await folder.note({ partialFile: FileSink.partialPath(sink.path, id) });
      return FileSink.open(sink.path, id);
    case "topic": {
      if (settings.engine === "embedded")
        return topicSink(
          sink.name,
          (records) => replay.append(records),
          async () => undefined,
        );
      // What connects to Kafka takes long to load: the other engine does without it.
      const { openKafkaSink } = await import("./kafka-topic.js");
      return openKafkaSink(sink.name, settings, folder);
    }
  }
}
