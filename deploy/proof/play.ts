// Plays the demo's registration against running services, at the names and ports of docker-compose.yml.
import { playRegistration } from "../../services/launcher/src/play.ts";

await playRegistration({
  eventStoreUrl: "esdb://127.0.0.1:2113?tls=false",
  grpcTarget: "127.0.0.1:50051",
  twilio: {
    baseUrl: "http://127.0.0.1:8080",
    accountSid: `AC${"0".repeat(32)}`,
    authToken: "sandbox-auth-token",
  },
  print: (text) => void process.stderr.write(`${text}\n`),
  signal: AbortSignal.timeout(120_000),
});
process.exit(0);
