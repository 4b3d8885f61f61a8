import { setTimeout as sleep } from "node:timers/promises";
import { connectEventStore, type StoredEvent } from "@touchline/event-store";
import { connectGateway } from "./gateway.ts";
import type { ParentOptions } from "./parent.ts";
import { createParent } from "./parent.ts";
import { type Request, sampleRegistration } from "./sample.ts";
import { followStory, timelineLine } from "./timeline.ts";

export interface StoryOptions {
  readonly eventStoreUrl: string;
  readonly grpcTarget: string;
  readonly twilio: ParentOptions["twilio"];
  readonly print: (text: string) => void;
  readonly signal: AbortSignal;
}

const PHONE = "+447700900123";
const STORY_MS = 60_000;

/**
 * One registration from the chat to the payment. Prints its timeline as it happens, and throws when it does not end with
 * a delivered text and a payment.
 */
export const playStory = async ({ eventStoreUrl, grpcTarget, twilio, print, signal }: StoryOptions): Promise<void> => {
  const over = new AbortController();
  const within = AbortSignal.any([signal, over.signal, AbortSignal.timeout(STORY_MS)]);
  const store = connectEventStore({ url: eventStoreUrl });
  const gateway = connectGateway(grpcTarget, process.env.GATEWAY_TOKEN);
  const request: Request = sampleRegistration(PHONE);
  const registrationId = request.registrationId as string;
  const parent = createParent({ phone: PHONE, twilio, signal: within });
  try {
    print("\nThe chat hands in a registration; the parent reads the text, taps the link and pays.\n");
    const shown = { position: -1n };
    const told = followStory(store, registrationId, within, (event: StoredEvent) => {
      print(timelineLine(event));
      shown.position = event.position;
    });
    await gateway.connected();
    const asked = performance.now();
    await gateway.complete(request);
    const answeredMs = performance.now() - asked;
    const link = await parent.readText();
    const textedMs = performance.now() - asked;
    await parent.payAt(link);
    const end = await outcome(gateway.watch(registrationId, within));
    // The view may know of the last event before it is printed.
    while (shown.position < end) await sleep(5, undefined, { signal: within });
    over.abort();
    await told;
    print(
      `\nThe chat had its answer in ${answeredMs.toFixed(0)} ms, the parent the text in ${textedMs.toFixed(0)} ms. The text was delivered and the fee is paid.`,
    );
  } finally {
    over.abort();
    gateway.close();
    await store.close();
  }
};

/** Waits for the good end; the position in the log at which it was reached. */
const outcome = async (rows: ReturnType<ReturnType<typeof connectGateway>["watch"]>): Promise<bigint> => {
  let last = "nothing was reported";
  for await (const row of rows) {
    if (row.paymentStatus === "paid" && row.smsDeliveryStatus === "delivered") return BigInt(row.position);
    last = `payment: ${row.paymentStatus}, text: ${row.smsDeliveryStatus}`;
  }
  throw new Error(`The story did not come to its end (${last}).`);
};
