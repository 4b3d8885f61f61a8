import { expect, test } from "vitest";
import { followUpConsumer } from "./consumer.ts";

test("a message of a later version is done, whatever its data", async () => {
  const followUp = new Proxy({} as Parameters<typeof followUpConsumer>[0], {
    get: () => expect.unreachable("It asks for nothing."),
  });
  const delivery = { subject: "events.payment.PaymentPraised", data: Buffer.from("[]"), header: () => undefined };
  expect(await followUpConsumer(followUp).handle(delivery as never)).toBe("done");
});
