import { createRecoveryWindow, type EventStore, streamsWith } from "@touchline/event-store";
import type { Runtime, ServiceContext, Tracing } from "@touchline/service";
import type { NotificationConfig } from "./config.ts";
import { createFacts, type Facts } from "./dispatch/facts.ts";
import { createGate, type Gate } from "./dispatch/gate.ts";
import type { SmsGateway } from "./dispatch/sms-gateway.ts";
import { createTextSender, type TextSender } from "./dispatch/text-sender.ts";
import { createTexts, SERVICE, type Texts } from "./dispatch/texts.ts";
import { createRequester, type RequestText } from "./intake/request.ts";
import { linkChanges } from "./sms/context.ts";
import { type SuppressionList, suppressionList } from "./suppression/list.ts";
import { createTelemetry, type Telemetry } from "./telemetry.ts";
import { twilioGateway } from "./twilio/gateway.ts";
import { twilioWords } from "./twilio/words.ts";
import { type TextedNumbers, textedNumbers } from "./webhooks/texted-numbers.ts";

/** What `main` opens. */
export interface Opened {
  readonly context: ServiceContext;
  readonly config: NotificationConfig;
  readonly store: EventStore;
  readonly tracing: Tracing | undefined;
}

/** What the rooms of the service share. */
export interface Parts extends Opened {
  readonly runtime: Runtime;
  readonly telemetry: Telemetry;
  readonly suppression: SuppressionList;
  readonly numbers: TextedNumbers;
  readonly texts: Texts;
  readonly facts: Facts;
  readonly gateway: SmsGateway;
  readonly gate: Gate;
  readonly sender: TextSender;
  readonly request: RequestText;
  /** Since when events may be missing from the store; undefined outside the window after a restore. */
  readonly lostSince: () => Promise<Date | undefined>;
}

/** Attempts in flight at once. Twilio answers in about 100 ms, so this allows far more than it takes from one account. */
const MAX_IN_FLIGHT = 64;

/** Limited texts are sent one at a time, in the order of their requests. */
export const isLimited = ({ maxPerSecond, dailyLimit }: NotificationConfig): boolean =>
  maxPerSecond > 0 || dailyLimit > 0;

export const createParts = (opened: Opened): Parts => {
  const { context, config } = opened;
  const { runtime } = context;
  const telemetry = createTelemetry(context.metrics, context.log);
  const streams = openStreams(opened);
  const sending = openSending(opened, streams, telemetry);
  const { templates, publicUrl, nameEncoding, pricePerSegmentPence } = config;
  const lostSince = createRecoveryWindow(opened.store, runtime);
  const request = createRequester({
    ...streams,
    sender: sending.sender,
    now: runtime.now,
    wording: { templates, publicUrl, nameEncoding, pricePerSegmentPence },
    lineUp: isLimited(config),
    lostSince,
    onRequested: telemetry.requested,
  });
  return { ...opened, runtime, ...streams, ...sending, telemetry, request, lostSince };
};

/** What reads the streams. */
const openStreams = ({
  context,
  config,
  store,
}: Opened): Pick<Parts, "suppression" | "numbers" | "texts" | "facts"> => {
  const { log, signal, runtime, onClose } = context;
  const { now } = runtime;
  const suppression = suppressionList({ store, service: SERVICE, runtime });
  const numbers = textedNumbers(store);
  const changedLinks = streamsWith(store, linkChanges);
  const following = [
    suppression.follow(signal, (err) => log.warn({ err }, "the subscription to opt-outs was lost; resubscribing")),
    numbers.follow(signal, (err) => log.warn({ err }, "the subscription to texted numbers was lost; resubscribing")),
    changedLinks.follow(signal, (err) =>
      log.warn({ err }, "the subscription to changed links was lost; resubscribing"),
    ),
  ];
  onClose(() => Promise.all(following));
  const texts = createTexts({ store, words: twilioWords, now });
  const reminders = config.reminderDays.length;
  const facts = createFacts({ store, texts, words: twilioWords, suppression, changedLinks, reminders, now });
  return { suppression, numbers, texts, facts };
};

/** What calls the provider. */
const openSending = (
  { context: { runtime }, config, tracing }: Opened,
  { suppression, texts }: Pick<Parts, "suppression" | "texts">,
  telemetry: Telemetry,
): Pick<Parts, "gateway" | "gate" | "sender"> => {
  const statusCallbackUrl = `${config.publicUrl}/webhooks/twilio/status`;
  const gateway = telemetry.timing(
    twilioGateway({ ...config.twilio, statusCallbackUrl, maxSockets: MAX_IN_FLIGHT, tracing, runtime }),
  );
  const { monotonicMs } = runtime;
  const gate = createGate({ monotonicMs, onHold: telemetry.held, onOpen: telemetry.opened });
  const sender = createTextSender({
    texts,
    gateway,
    gate,
    suppression,
    runtime,
    evidenceMs: config.evidenceMs,
    maxInFlight: MAX_IN_FLIGHT,
    onOutcome: telemetry.outcome,
    onFault: telemetry.fault,
  });
  return { gateway, gate, sender };
};
