import { catalogue } from "../events/catalogue.ts";
import { asyncApi } from "./asyncapi.ts";
import { readConsumers } from "./consumers.ts";
import { readExamples } from "./examples.ts";
import { gatewayMarkdown } from "./gateway-fields.ts";
import { eventsMarkdown } from "./markdown.ts";

/** The generated files, by path from the root of the repository. */
export const generatedDocs = (): ReadonlyMap<string, string> => {
  const definitions = [...catalogue.values()];
  const examples = readExamples();
  return new Map([
    ["docs/events.md", eventsMarkdown({ definitions, examples, consumers: readConsumers() })],
    ["docs/gateway.md", gatewayMarkdown()],
    ["docs/asyncapi.json", `${JSON.stringify(asyncApi({ definitions, examples }), null, 2)}\n`],
  ]);
};
