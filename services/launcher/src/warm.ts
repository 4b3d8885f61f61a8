import { globSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/**
 * Loads every module of the services once, so that node's compile cache holds them: a start then needs neither the type
 * stripper nor most of the compiler. What has effects when it is loaded is left out.
 */
const root = fileURLToPath(new URL("../../../", import.meta.url));
const effects = /[/-](main|start|demo|warm|bench|check|lah|tunnel)\.ts$|\.test\.ts$|\.d\.ts$/;
for (const file of globSync("{libs,services}/*/src/**/*.ts", { cwd: root })) {
  // A module that cannot be loaded will fail again, visibly, when it is used.
  if (!effects.test(`/${file}`)) await import(pathToFileURL(join(root, file)).href).catch(() => {});
}
process.exit(0);
