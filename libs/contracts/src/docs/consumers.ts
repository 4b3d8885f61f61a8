import { readdirSync, readFileSync } from "node:fs";
import { catalogue } from "../events/catalogue.ts";

const services = ["registration", "payment-link", "notification"] as const;
const root = new URL("../../../../services/", import.meta.url);

/**
 * Which services read which events, from their source code: a service reads an event whose name is in its code. For the
 * service's own events, the room that decides them does not count.
 */
export const readConsumers = (): ReadonlyMap<string, readonly string[]> => {
  const sources = services.map((service) => ({ service, text: sourceOf(service) }));
  return new Map(
    [...catalogue.keys()].map((type) => [
      type,
      sources.filter(({ text }) => text.includes(`"${type}"`)).map(({ service }) => service),
    ]),
  );
};

const sourceOf = (service: string): string => {
  const folder = new URL(`${service}/src/`, root);
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .sort()
    .map((file) => readFileSync(new URL(file, folder), "utf8"))
    .join("\n");
};
