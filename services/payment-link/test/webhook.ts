import { createHmac, randomUUID } from "node:crypto";
import { SECRET } from "./stack.ts";

/** An event that happened just now, as GoCardless reports it. */
export const providerEvent = (resourceType: string, action: string, links: unknown, more: object = {}) => ({
  id: `EV${randomUUID().replaceAll("-", "")}`,
  created_at: new Date().toISOString(),
  resource_type: resourceType,
  action,
  links,
  details: { origin: "bank", cause: "x", description: "x" },
  metadata: {},
  ...more,
});

export const webhookBody = (events: readonly unknown[]): string =>
  JSON.stringify({ events, meta: { webhook_id: `WB${randomUUID()}` } });

export const signatureOf = (body: string, secret = SECRET): string =>
  createHmac("sha256", secret).update(body).digest("hex");

/** Sends a body as GoCardless does. */
export const sendBody = (url: string, body: string, { secret = SECRET, header = "webhook-signature" } = {}) =>
  fetch(`${url}/webhooks/gocardless`, {
    method: "POST",
    headers: { "content-type": "application/json", [header]: signatureOf(body, secret) },
    body,
  });
