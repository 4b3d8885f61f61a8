import { readdirSync, readFileSync } from "node:fs";
import { upcast } from "../events/upcast.ts";

const folder = new URL("../../test/fixtures/events/", import.meta.url);

/** An example of each event's data: its newest frozen shape. */
export const readExamples = (): ReadonlyMap<string, object> => {
  const files = readdirSync(folder).sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  return new Map(
    files.map((file) => {
      const type = file.split(".", 1)[0] ?? "";
      const data = JSON.parse(readFileSync(new URL(file, folder), "utf8")) as object;
      return [type, upcast({ type, data }).data];
    }),
  );
};
