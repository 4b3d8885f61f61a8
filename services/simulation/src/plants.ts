import { registerHooks } from "node:module";

export interface Change {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** A deliberate bug: one line of the product, changed as it is loaded. */
export interface Plant extends Change {
  /** If the product would repair the bug, its searches for overlooked work are disabled as well. */
  readonly also?: readonly Change[];
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
  "one look at the list is enough": {
    file: "notification/src/sms/decide.ts",
    from: "const OBSERVATIONS_NEEDED = 2;",
    to: "const OBSERVATIONS_NEEDED = 1;",
  },
  "looks of two instances at one moment count as two": {
    file: "notification/src/sms/has-come.ts",
    from: "waitMs + CLOCK_SKEW_MS",
    to: "waitMs",
  },
  "texts go at night": {
    file: "notification/src/dispatch/facts.ts",
    from: "quiet: night && respectsQuietHours(about.purpose),",
    to: "quiet: false,",
  },
  "a family that has left is still texted": {
    file: "notification/src/sms/circumstances.ts",
    from: `if (c.registrationCancelled) return "cancelled";
  const settled = noLongerSo(wanted, c);`,
    // Without the second change, the cancelled link would also withdraw the text.
    to: "const settled = c.registrationCancelled ? undefined : noLongerSo(wanted, c);",
  },
  "a family that has paid is still reminded": {
    file: "notification/src/sms/circumstances.ts",
    from: '? undefined : "paid";',
    to: "? undefined : undefined;",
  },
  "texts go to the old number": {
    file: "notification/src/sms/circumstances.ts",
    from: "if (to !== c.phone || c.anotherWent)",
    to: "if (c.anotherWent)",
  },
  "a message is acknowledged before it is handled": {
    file: "messaging/src/consume.ts",
    from: "let { settlement, error } = await attempt(options, delivery);",
    to: "await acknowledge(message); let { settlement, error } = await attempt(options, delivery);",
    also: [
      {
        file: "payment-link/src/tokens/overlooked.ts",
        from: "types: new Set([...types, ...relevant]),",
        to: "types: new Set(),",
      },
    ],
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
    also: [
      {
        file: "payment-link/src/webhooks/poller.ts",
        from: "if (!walked.has(event.id)) fresh.push(raw);",
        to: "",
      },
      {
        file: "payment-link/src/reconciliation/daily.ts",
        from: "const last = await lastReport(store);",
        to: "const last = await lastReport(store); if (!last) return;",
      },
    ],
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

export const changesOf = (planted: Plant): readonly Change[] => [planted, ...(planted.also ?? [])];

/** Changes the product before it is loaded. */
export const plant = (name: string): void => {
  const planted = plants[name];
  if (!planted) throw new Error(`There is no plant "${name}". There are: ${Object.keys(plants).join("; ")}`);
  registerHooks({
    load: (url, context, next) => {
      const loaded = next(url, context);
      const change = changesOf(planted).find(({ file }) => url.endsWith(`/${file}`));
      if (!change) return loaded;
      const source = Buffer.from(loaded.source as Uint8Array).toString();
      if (source.split(change.from).length !== 2) throw new Error(`"${name}" does not fit ${change.file} any more.`);
      return { ...loaded, source: source.replace(change.from, () => change.to) };
    },
  });
};
