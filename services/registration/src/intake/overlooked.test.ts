import { memoryEventStore } from "@touchline/event-store/memory";
import type { Delivery, PassedMessage } from "@touchline/messaging";
import { expect, test } from "vitest";
import { createChatCatchUp } from "./overlooked.ts";

const message = (registrationId: string, sequence: number): PassedMessage => ({
  subject: "chat.registration.completed.v1",
  data: new TextEncoder().encode(JSON.stringify({ registrationId })),
  sequence,
  publishedAt: new Date("2026-09-01T10:00:00Z"),
  header: () => undefined,
});

test("a message that never reached the consumer is handled; stored and refused ones are skipped", async () => {
  const store = memoryEventStore();
  const event = { id: "e", type: "RegistrationCompleted", data: {}, metadata: { service: "test" } };
  await store.append("registration-known", [event], "no_stream");
  const handled: number[] = [];
  const handle = async ({ sequence }: Delivery) => {
    handled.push(sequence);
    return "done" as const;
  };
  const catchUp = createChatCatchUp({ store, handle });
  const refused = new Set([3]);
  expect(await catchUp(message("known", 1), refused)).toBe(false);
  expect(await catchUp(message("lost", 2), refused)).toBe(true);
  expect(await catchUp(message("refused", 3), refused)).toBe(false);
  expect(handled).toEqual([2]);
});
