import { registerHooks } from "node:module";

/** A deliberate bug: one line of the product, changed as it is loaded. */
export interface Plant {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** If the simulation finds each of them, its invariants work. */
export const plants: Readonly<Record<string, Plant>> = {
  "an answer that was lost is taken for a no": {
    file: "notification/src/twilio/gateway.ts",
    from: "return readTwilioError(error);",
    to: "return within(client.messages.create(message)).then(answered, readTwilioError);",
  },
  "an attempt that was abandoned is made again": {
    file: "notification/src/sms/decide.ts",
    from: `kind: "unknown",
      reason: "The process that made`,
    to: `kind: "refused", failure: { code: "abandoned", class: "safe_retry", failure: "unknown", reason: "" },
      reason: "The process that made`,
  },
  "evidence is not looked at": {
    file: "notification/src/dispatch/chores.ts",
    from: "const found = findEvidence(text, listed, others);",
    to: "const found = undefined as ReturnType<typeof findEvidence>;",
  },
  "texts go at night": {
    file: "notification/src/dispatch/facts.ts",
    from: "quiet: night && respectsQuietHours(about.purpose),",
    to: "quiet: false,",
  },
  "who has left is still texted": {
    file: "notification/src/sms/circumstances.ts",
    from: 'if (c.registrationCancelled) return "cancelled";',
    to: "",
  },
  "who has paid is still reminded": {
    file: "notification/src/sms/circumstances.ts",
    from: '? undefined : "paid";',
    to: "? undefined : undefined;",
  },
  "texts go to the number of before": {
    file: "notification/src/sms/circumstances.ts",
    from: "if (to !== c.phone || c.anotherWent)",
    to: "if (c.anotherWent)",
  },
  "a message is acknowledged before it is handled": {
    file: "messaging/src/consume.ts",
    from: "let { settlement, error } = await attempt(options, delivery);",
    to: "await acknowledge(message); let { settlement, error } = await attempt(options, delivery);",
  },
  "an attempt is made although it was not claimed": {
    file: "notification/src/dispatch/chores.ts",
    from: "const claimed = claimedBy(done);",
    to: "const claimed = claimedBy(done) ?? { state: before, traceparent };",
  },
  "a webhook is answered before it is durable": {
    file: "payment-link/src/webhooks/routes.ts",
    from: `await ingest.batch(events, "webhook", request);`,
    to: `ingest.batch(events, "webhook", request).catch(() => {});`,
  },
  "billing requests have no idempotency key": {
    file: "payment-link/src/tokens/create-token.ts",
    from: "idempotencyKey: tokenKey(registrationId),",
    to: "idempotencyKey: String(Math.random()),",
  },
  "a payment that failed is not recorded": {
    file: "payment-link/src/gocardless/effects.ts",
    from: `    failed: ofPayment("PaymentFailed", "MonthlyPaymentFailed"),`,
    to: "",
  },
  "the relay goes on from the end of the log": {
    file: "relay/src/relay.ts",
    from: "after: tail.position,",
    to: "after: (await store.head()) ?? tail.position,",
  },
  "the relay does not state what it follows": {
    file: "messaging/src/connection.ts",
    from: `  ...(expectLastSequence !== undefined && { "Nats-Expected-Last-Sequence": String(expectLastSequence) }),`,
    to: "",
  },
};

/** Changes the product before it is loaded. */
export const plant = (name: string): void => {
  const planted = plants[name];
  if (!planted) throw new Error(`There is no plant "${name}". There are: ${Object.keys(plants).join("; ")}`);
  registerHooks({
    load: (url, context, next) => {
      const loaded = next(url, context);
      if (!url.endsWith(planted.file)) return loaded;
      const source = Buffer.from(loaded.source as Uint8Array).toString();
      if (source.split(planted.from).length !== 2) throw new Error(`"${name}" does not fit ${planted.file} any more.`);
      return { ...loaded, source: source.replace(planted.from, () => planted.to) };
    },
  });
};
