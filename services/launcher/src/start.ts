import { existsSync } from "node:fs";
import { withoutLogin } from "@touchline/event-store/address";
import { aborted, runCommand, unlessStopped } from "./command.ts";
import { checkConfig } from "./config.ts";
import { makePrivate } from "./private-files.ts";
import { startStack } from "./stack.ts";

/** `npm start`: the services on this machine, with the providers that `.env` names. */
await runCommand("launcher", async ({ runtime, log, say, print, signal }) => {
  // The environment takes precedence over the file.
  if (existsSync(".env")) process.loadEnvFile(".env");
  checkConfig(process.env);
  // Where `npm run ops -- backup` writes unless it is given a file; earlier versions left backups readable.
  makePrivate("backups");
  const stack = await startStack({ env: process.env, log, runtime, onProgress: say, signal }).catch(
    unlessStopped(signal),
  );
  if (!stack) return 0;
  const { eventStore, nats } = stack.urls;
  const urls = { ...stack.urls, eventStore: withoutLogin(eventStore), nats: withoutLogin(nats) };
  print(JSON.stringify({ msg: "ready", urls }));
  say(`Touchline is ready. Payment links and webhooks: ${stack.urls.edge} – stop with Ctrl-C.`);
  await aborted(signal);
  say("Stopping …");
  await stack.stop();
  return 0;
});
