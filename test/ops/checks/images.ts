/** Images have exact versions, and the versions are those that the tests run with. */
import { type Check, product } from "./parts.js";

/** A version in full: `latest`, `20` or `4.3` are something else tomorrow. */
const EXACT = /:v?\d+\.\d+\.\d+(?:[.-][A-Za-z0-9.-]+)?$/;

export const tags: Check = ({ compose, dockerfile: { stages } }) => {
  const names = stages.map(({ name }) => name);
  const images = [
    ...Object.values(compose.services).map(({ image }) => image),
    ...stages.map(({ image }) => image).filter((image) => !names.includes(image)),
  ];
  return images.filter((image) => !EXACT.test(image)).map((image) => `${image} has no exact version`);
};

export const versions: Check = (deployment) => {
  const { compose, dockerfile, read } = deployment;
  const [, { image: own }] = product(deployment);
  const { version }: { version: string } = JSON.parse(read("package.json"));
  const pom = read("test/support/kafka/pom.xml");
  const tested = (of: string) => new RegExp(`<${of}\\.version>(.+?)<`).exec(pom)?.[1];
  const node = /Tested with Node ([\d.]+\d)/.exec(read("README.md"))?.[1];
  const wanted: [image: string, version: string | undefined][] = [
    [own, version],
    [imageOf("apache/kafka"), tested("kafka")],
    [imageOf("apicurio"), tested("registry")],
    [dockerfile.last.image, `${node}-bookworm-slim`],
  ];
  const bases = dockerfile.stages.filter(({ image }) => image.startsWith("node:")).map(({ image }) => image);
  return [
    ...wanted
      .filter(([image, wants]) => !image.endsWith(`:${wants}`))
      .map(([image, wants]) => `${image} is not ${wants}`),
    ...bases.filter((image) => image !== dockerfile.last.image).map((image) => `${image} builds for another image`),
  ];

  function imageOf(part: string): string {
    return Object.values(compose.services).find(({ image }) => image.includes(part))?.image ?? part;
  }
};
