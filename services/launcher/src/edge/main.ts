import { readConfig, runService } from "@touchline/service";
import { createEdge } from "./edge.ts";

await runService("edge", async ({ log, onClose }) => {
  const config = readConfig(process.env, (read) => ({
    host: read.text("EDGE_HOST", "0.0.0.0"),
    port: read.integer("EDGE_PORT", { fallback: 8000, max: 65_535 }),
    notification: read.url("NOTIFICATION_URL", { protocols: ["http:"] }),
    paymentLink: read.url("PAYMENT_LINK_URL", { protocols: ["http:"] }),
    trustProxy: read.proxies("TRUST_PROXY"),
    club: {
      name: read.text("CLUB_NAME", "Your club"),
      contact: read.text("CLUB_CONTACT", "your coach or team manager"),
    },
  }));
  const app = await createEdge({ ...config, log });
  onClose(() => app.close());
  await app.listen({ host: config.host, port: config.port });
});
