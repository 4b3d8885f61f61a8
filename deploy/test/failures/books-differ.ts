import { randomUUID } from "node:crypto";
import { createLogger, systemRuntime } from "@touchline/service";
import { eventually } from "@touchline/testing";
import { reconcileByHand } from "../../../services/payment-link/src/reconciliation/by-hand.ts";
import { pretended, type Running } from "../running.ts";
import type { InjectedFailure, Scene } from "./scene.ts";

/** A link that has been paid. */
const paidLink = async ({ store }: Running) => {
  for await (const { type, data, stream } of store.readAll({ prefixes: ["payment-"] }))
    if (type === "PaymentConfirmed") return { stream, paymentId: data.paymentId };
  return undefined;
};

/** Stores facts about a payment that GoCardless never reported. */
const say = async ({ store }: Running, { stream, paymentId }: { stream: string; paymentId: string }, type: string) => {
  const billingRequestId = stream.slice("payment-".length);
  const at = { occurredAt: new Date().toISOString(), via: "webhook", action: "invented" };
  const data = { billingRequestId, paymentId, providerEventId: `EV${randomUUID().replaceAll("-", "")}`, ...at };
  const last = (await store.read(stream)).at(-1);
  await store.append(stream, [{ id: randomUUID(), type, data, metadata: { service: "test" } }], last?.revision ?? 0n);
};

const reconcileNow = ({ store, sandbox }: Running) =>
  reconcileByHand({
    store,
    env: { ...pretended, GOCARDLESS_API_BASE_URL: sandbox },
    runtime: systemRuntime(),
    signal: new AbortController().signal,
    log: createLogger("test", "silent"),
  });

export const booksDiffer = ({ touchline }: Scene): InjectedFailure[] => {
  let undo: (() => Promise<unknown>) | undefined;
  return [
    {
      what: "our events say that a payment failed, and GoCardless does not",
      raises: ["MoneyUnexplained"],
      make: async () => {
        for (const id of await touchline.register(1)) await touchline.pay(await touchline.link(id));
        const link = await eventually(() => paidLink(touchline));
        await say(touchline, link, "PaymentFailed");
        const { unexplainedPence } = await reconcileNow(touchline);
        if (unexplainedPence === 0) throw new Error("The reconciliation explained an invented failure.");
        undo = async () => {
          await say(touchline, link, "PaymentPaidOut");
          await reconcileNow(touchline);
        };
      },
      fix: async () => undo?.(),
    },
  ];
};
