import { runService } from "@touchline/service";
import { configFrom } from "./config.ts";
import { startSandbox } from "./sandbox.ts";

await runService("sandbox", async ({ onClose }) => {
  const sandbox = await startSandbox(configFrom(process.env));
  onClose(() => sandbox.stop());
  process.stdout.write(`${JSON.stringify({ msg: "ready", port: sandbox.port })}\n`);
});
