import { writeFileSync } from "node:fs";
import { generatedDocs } from "./generate.ts";

const root = new URL("../../../../", import.meta.url);
for (const [path, text] of generatedDocs()) {
  writeFileSync(new URL(path, root), text);
  process.stdout.write(`${path}\n`);
}
