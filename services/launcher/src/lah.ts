import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { runCommand } from "./command.ts";
import { connectRegistration } from "./registration-client.ts";
import { sampleRegistration } from "./sample.ts";
import { readPorts } from "./stack.ts";
import { requireTestSetUp } from "./test-set-up.ts";

/** `npm run lah -- --phone 07…`: hands a sample registration to a running Touchline, and shows its progress. */
await runCommand("lah", async ({ print, signal, runtime }) => {
  if (existsSync(".env")) process.loadEnvFile(".env");
  requireTestSetUp("lah", process.env);
  const { values } = parseArgs({ options: { phone: { type: "string" }, target: { type: "string" } } });
  if (!values.phone) throw new Error("Say which number to text: npm run lah -- --phone 07700900123");
  const client = connectRegistration(
    values.target ?? `127.0.0.1:${readPorts(process.env).GRPC_PORT}`,
    process.env.GATEWAY_TOKEN,
  );
  const request = sampleRegistration(values.phone, runtime);
  const answer = await client.complete(request);
  print(`Registered ${answer.registrationId}. Watching it; Ctrl-C to stop.`);
  for await (const row of client.watch(answer.registrationId, signal)) {
    const error = row.smsDeliveryError && ` (${row.smsDeliveryError})`;
    print(
      `text: ${row.smsDeliveryStatus}${error}   link: ${row.linkOpenedAt ? "opened" : "not opened"}   payment: ${row.paymentStatus}`,
    );
    if (row.paymentStatus === "paid") break;
  }
  client.close();
  return 0;
});
