import { existsSync } from "node:fs";
import { aborted, runCommand } from "./command.ts";
import { readPorts } from "./stack.ts";

/** `npm run tunnel`: a public address for the edge, for tests with live providers. Needs NGROK_AUTHTOKEN. */
await runCommand("tunnel", async ({ say, signal }) => {
  if (existsSync(".env")) process.loadEnvFile(".env");
  const authtoken = process.env.NGROK_AUTHTOKEN;
  if (!authtoken) throw new Error("NGROK_AUTHTOKEN is missing: copy it from your ngrok dashboard into .env.");
  const { default: ngrok } = await import("@ngrok/ngrok");
  const domain = process.env.NGROK_DOMAIN;
  const listener = await ngrok.forward({
    addr: readPorts(process.env).EDGE_PORT,
    authtoken,
    ...(domain && { domain }),
  });
  say(`Put this into .env, then run npm start:\n\nPAYMENT_BASE_URL=${listener.url()}\nTRUST_PROXY=loopback\n`);
  say("The tunnel stays open until Ctrl-C.");
  await aborted(signal);
  await listener.close();
  return 0;
});
