import { runService } from "@touchline/service";
import { configFrom } from "./config.ts";
import { startSandbox } from "./sandbox.ts";

const listening: { port?: number } = {};

await runService("sandbox", async ({ onClose, runtime }) => {
  const sandbox = await startSandbox({ ...configFrom(process.env), runtime });
  onClose(() => sandbox.stop());
  listening.port = sandbox.port;
});

if (listening.port !== undefined) {
  process.stdout.write(`${JSON.stringify({ msg: "ready", port: listening.port })}\n`);
}
