import { randomUUID } from "node:crypto";
import { signWebhook } from "@touchline/sandbox";
import { pretended, type Running } from "../running.ts";
import { atOnce, type InjectedFailure, post, type Scene, takesRegistrations, tap } from "./scene.ts";

/** An event about an unknown billing request, which has to be kept anyway. */
const webhook = ({ stack }: Running) => {
  const event = {
    id: `EV${randomUUID().replaceAll("-", "")}`,
    created_at: new Date().toISOString(),
    resource_type: "billing_requests",
    action: "fulfilled",
    links: { billing_request: "BRQNOBODYKNOWSIT" },
  };
  const body = JSON.stringify({ events: [event], meta: { webhook_id: "WB1" } });
  const signature = signWebhook(pretended.GOCARDLESS_WEBHOOK_SECRET, body);
  return post(`${stack.urls.edge}/webhooks/gocardless`, { "webhook-signature": signature }, body);
};

export const storeAway = ({ touchline }: Scene): InjectedFailure[] => [
  {
    what: "the event store does not run",
    raises: ["EventStoreFailing", "EventStoreUnreachable"],
    make: () => touchline.eventStore.stop(),
    fix: async () => {
      await touchline.eventStore.start();
      await takesRegistrations(touchline);
    },
  },
  {
    what: "the chat submits registrations",
    raises: ["IntakeFailing", "EventStoreCannotAppend"],
    meanwhile: () => atOnce(2, () => touchline.register(1)),
  },
  {
    what: "parents tap links that are not in the view",
    raises: ["TapsFailingFast", "TapsFailing", "TapsFailingSlowly"],
    meanwhile: () => atOnce(6, (i) => tap(`${touchline.stack.urls.edge}/reg_setup/BRQ0000UNKNOWN${i}`)),
  },
  {
    what: "GoCardless brings webhooks",
    raises: ["WebhooksSlowFast", "WebhooksSlow", "WebhooksSlowSlowly"],
    meanwhile: () => atOnce(6, () => webhook(touchline)),
  },
];
