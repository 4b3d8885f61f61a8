import { chatSubjects, streams } from "@touchline/contracts";
import type { EventStore, RecoveryTimes, recoveredCounter } from "@touchline/event-store";
import { consume, dropMessage, type Messaging } from "@touchline/messaging";
import type { ServiceContext, Tracing } from "@touchline/service";
import { aboutMessage, createMessageIntake, type IntakeResult } from "./messages.ts";
import { catchUpChat } from "./overlooked.ts";
import type { TakeIn } from "./take-in.ts";

export const INTAKE_DURABLE = "registration-intake";

export interface ChatIntake {
  readonly takeIn: TakeIn;
  readonly messaging: Messaging;
  readonly store: Pick<EventStore, "read">;
  readonly tracing: Tracing | undefined;
  readonly now: () => Date;
  readonly recovery: RecoveryTimes;
  readonly recovered: ReturnType<typeof recoveredCounter>;
  readonly onResult: (result: IntakeResult) => void;
}

/** Handles what the gateway publishes over NATS, until the service stops. */
export const consumeChat = (context: ServiceContext, options: ChatIntake): void => {
  const { log, signal, onClose } = context;
  const { takeIn, messaging, store, tracing, now, recovery, recovered, onResult } = options;
  const handle = createMessageIntake({
    takeIn,
    messaging,
    forget: (sequence) => dropMessage(messaging, streams.chat, sequence),
    now,
    onResult,
  });
  const catchingUp = catchUpChat({ store, handle, recovered }, messaging, context, recovery);
  onClose(() => catchingUp);
  const ended = consume(messaging, {
    stream: streams.chat,
    durable: INTAKE_DURABLE,
    filter: chatSubjects.registrationCompleted,
    signal,
    tracing,
    handle,
    onSettled: (settlement, delivery, err) => {
      if (settlement === "done") return;
      const { sequence, deliveries } = delivery;
      log.warn({ ...aboutMessage(delivery), settlement, sequence, deliveries, err }, "a message could not be handled");
    },
    onBroken: (err) => log.warn({ err }, "the intake consumer failed; consuming again"),
  });
  onClose(() => ended);
};
