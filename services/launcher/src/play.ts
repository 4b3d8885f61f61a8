import { connectEventStore, type StoredEvent } from "@touchline/event-store";
import { type Runtime, systemRuntime } from "@touchline/service/runtime";
import { createParent, type ParentOptions } from "./parent.ts";
import { connectRegistration, type DemoClient } from "./registration-client.ts";
import { sampleRegistration } from "./sample.ts";
import { followRegistration, timelineLine } from "./timeline.ts";

export interface PlayOptions {
  readonly eventStoreUrl: string;
  readonly grpcTarget: string;
  readonly twilio: ParentOptions["twilio"];
  readonly print: (text: string) => void;
  readonly signal: AbortSignal;
  /** The machine's own by default. */
  readonly runtime?: Runtime;
}

const PHONE = "+447700900123";
const PLAY_MS = 60_000;

/**
 * Plays one registration from the chat to the payment. Prints its timeline as it happens, and throws when it does not end with
 * a delivered text and a payment.
 */
export const playRegistration = async (options: PlayOptions): Promise<void> => {
  const { eventStoreUrl, grpcTarget, twilio, print, runtime = systemRuntime() } = options;
  const over = new AbortController();
  const cancel = runtime.after(PLAY_MS, () => over.abort());
  const signal = AbortSignal.any([options.signal, over.signal]);
  const store = connectEventStore({ url: eventStoreUrl });
  const client = connectRegistration(grpcTarget, process.env.GATEWAY_TOKEN);
  const request = sampleRegistration(PHONE, runtime);
  const { registrationId } = request;
  const parent = createParent({ phone: PHONE, twilio, signal, runtime });
  try {
    print("\nThe chat submits a registration; the parent reads the text, taps the link and pays.\n");
    let printed = -1n;
    const following = followRegistration(store, registrationId, signal, (event: StoredEvent) => {
      print(timelineLine(event));
      printed = event.position;
    });
    await client.connected();
    // The phone may have texts from an earlier demo on the same folder.
    const seen = await parent.links();
    const asked = runtime.monotonicMs();
    const sinceAsked = () => `${(runtime.monotonicMs() - asked).toFixed(0)} ms`;
    await client.complete(request);
    const answered = sinceAsked();
    const link = await parent.readText(seen);
    const texted = sinceAsked();
    await parent.payAt(link);
    const end = await untilPaid(client.watch(registrationId, signal));
    // The view may have the last event before it is printed.
    while (printed < end && !signal.aborted) await runtime.sleep(5, signal);
    over.abort();
    await following;
    print(
      `\nThe chat had its answer in ${answered}, the parent the text in ${texted}. The text was delivered and the fee is paid.`,
    );
  } finally {
    cancel();
    over.abort();
    client.close();
    await store.close();
  }
};

/** Waits until the text is delivered and the fee is paid; the position in the log at which they were. */
const untilPaid = async (rows: ReturnType<DemoClient["watch"]>): Promise<bigint> => {
  let last = "nothing was reported";
  for await (const row of rows) {
    if (row.paymentStatus === "paid" && row.smsDeliveryStatus === "delivered") return BigInt(row.position);
    last = `payment: ${row.paymentStatus}, text: ${row.smsDeliveryStatus}`;
  }
  throw new Error(`The text was not delivered, or the fee not paid (${last}).`);
};
