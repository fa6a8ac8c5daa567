/** What a Dockerfile says, stage by stage. */
import { DockerfileParser, type ImageTemplate, type Instruction, type JSONInstruction } from "dockerfile-ast";

export interface Copy {
  /** The stage it copies from; null: the build context. */
  readonly from: string | null;
  readonly sources: readonly string[];
}

/** A command; null: not in exec form, so that a shell stands between it and its signals. */
export type ExecForm = readonly string[] | null;

export interface Stage {
  readonly name: string | null;
  /** An image, or the name of an earlier stage. */
  readonly image: string;
  readonly copies: readonly Copy[];
  /** The commands that it runs, each as one line. */
  readonly runs: readonly string[];
  readonly environment: ReadonlyMap<string, string>;
  readonly exposed: readonly string[];
  readonly volumes: readonly string[];
  readonly user: string | null;
  readonly stopSignal: string | null;
  readonly entrypoint: ExecForm;
  readonly healthcheck: ExecForm;
}

export interface Dockerfile {
  readonly stages: readonly Stage[];
  /** The stage that the image is made of. */
  readonly last: Stage;
}

/** @throws Error when it has no stage. */
export function readDockerfile(content: string): Dockerfile {
  const file = DockerfileParser.parse(content);
  const stages = file.getFROMs().map((from): Stage => {
    const template = file.getContainingImage(from.getRange().start);
    const image = from.getImage();
    if (template === null || image === null) throw new Error(`Dockerfile: no stage at ${from.getTextContent()}`);
    return { name: from.getBuildStage(), image, ...stage(template) };
  });
  const last = stages.at(-1);
  if (last === undefined) throw new Error("Dockerfile: no FROM");
  return { stages, last };
}

function stage(template: ImageTemplate): Omit<Stage, "name" | "image"> {
  const all = (keyword: string) => template.getInstructions().filter((one) => one.getKeyword() === keyword);
  return {
    copies: template.getCOPYs().map((copy) => ({
      from: copy.getFromFlag()?.getValue() ?? null,
      sources: words(copy).slice(0, -1),
    })),
    runs: all("RUN").map((run) => words(run).join(" ")),
    environment: new Map(
      template.getENVs().flatMap((env) => env.getProperties().map((one) => [one.getName(), one.getValue() ?? ""])),
    ),
    exposed: all("EXPOSE").flatMap(words),
    volumes: all("VOLUME").flatMap((one) => strings(one.getArgumentsContent())),
    user: all("USER").flatMap(words).at(-1) ?? null,
    stopSignal: all("STOPSIGNAL").flatMap(words).at(-1) ?? null,
    entrypoint: execForm(template.getENTRYPOINTs().at(-1)),
    healthcheck: execForm(template.getHEALTHCHECKs().at(-1)),
  };
}

function words(instruction: Instruction): string[] {
  return instruction.getArguments().map((one) => one.getValue());
}

function execForm(instruction: JSONInstruction | Instruction | undefined): ExecForm {
  const content = instruction?.getArgumentsContent() ?? "";
  const form = strings(/\[.*\]$/s.exec(content)?.[0] ?? null);
  return form.length === 0 ? null : form;
}

function strings(json: string | null): string[] {
  const values: unknown = json?.startsWith("[") ? JSON.parse(json) : [];
  return Array.isArray(values) ? values.map(String) : [];
}
