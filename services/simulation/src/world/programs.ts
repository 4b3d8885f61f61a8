import { type EventStore, observeEventStore, reportStore } from "@touchline/event-store";
import type { connectMessaging } from "@touchline/messaging";
import { notificationConfig } from "@touchline/notification/config";
import { startNotification } from "@touchline/notification/service";
import { paymentLinkConfig } from "@touchline/payment-link/config";
import { startPaymentLink } from "@touchline/payment-link/service";
import { registrationConfig } from "@touchline/registration/config";
import { type Registration, startRegistration } from "@touchline/registration/service";
import { relayConfig } from "@touchline/relay/config";
import { startRelay } from "@touchline/relay/service";
import type { ServiceContext } from "@touchline/service";

/** What a service gets from its `main`, on simulated connections. */
export interface Opened {
  readonly context: ServiceContext;
  readonly env: NodeJS.ProcessEnv;
  readonly store: EventStore;
  readonly connect: typeof connectMessaging;
}

export type { Registration };

export const serviceNames = ["registration", "notification", "payment-link", "relay"] as const;
export type ServiceName = (typeof serviceNames)[number];

const observed = ({ store, context: { metrics, health } }: Opened): EventStore => {
  reportStore(store, health, metrics);
  return observeEventStore(store, metrics);
};

/** Starts each as its `main` does. Registration resolves with what operators may do. */
export const starts = {
  registration: (opened: Opened) =>
    startRegistration({
      ...opened,
      config: registrationConfig(opened.env),
      store: observed(opened),
      tracing: undefined,
    }),
  notification: (opened: Opened) =>
    startNotification({
      ...opened,
      config: notificationConfig(opened.env),
      store: observed(opened),
      tracing: undefined,
    }),
  "payment-link": (opened: Opened) =>
    startPaymentLink({
      ...opened,
      config: paymentLinkConfig(opened.env),
      store: observed(opened),
      tracing: undefined,
    }),
  relay: (opened: Opened) =>
    startRelay({ ...opened, config: relayConfig(opened.env), store: observed(opened), tracing: undefined }),
} as const satisfies Record<ServiceName, (opened: Opened) => Promise<unknown>>;
