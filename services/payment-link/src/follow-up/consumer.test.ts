import { expect, test } from "vitest";
import { followUpConsumer } from "./consumer.ts";

test("a message of a later version is skipped, whatever its data", async () => {
  const followUp = new Proxy({} as Parameters<typeof followUpConsumer>[0], {
    get: () => expect.unreachable("It must ask for nothing."),
  });
  const delivery = { subject: "events.payment.PaymentPraised", data: Buffer.from("[]"), header: () => undefined };
  expect(await followUpConsumer(followUp).handle(delivery as never)).toBe("done");
});
