import { parseArgs } from "node:util";
import { eventually } from "@touchline/testing";
import { register, startStack } from "../test/stack.ts";

/**
 * Two instances share SMS_MAX_PER_SECOND. Measures how many texts per second reach Twilio while more are waiting, and whether
 * they go in the order of their tokens. Options: `--rate 20 --texts 300`. Exits with 1 if the rate is off by more than 10 % or
 * the order is wrong.
 */
const { values } = parseArgs({
  options: { rate: { type: "string", default: "20" }, texts: { type: "string", default: "300" } },
});
const RATE = Number(values.rate);
/** Ofcom reserves a thousand numbers for drama. */
const TEXTS = Math.min(Number(values.texts), 1_000);
const TOLERANCE = 0.1;

const stack = await startStack();
try {
  const env = { SMS_MAX_PER_SECOND: String(RATE) };
  await stack.start(env);
  await stack.start(env);
  const links: string[] = [];
  for (let i = 0; i < TEXTS; i++) {
    const phone = `+4477009${String(i).padStart(5, "0")}`;
    links.push((await register(stack.store, { phone })).billingRequestId);
  }
  const sent = () => stack.twilio.requests.filter(({ operation }) => operation === "messages.create");
  const deadlineMs = performance.now() + (5_000 * TEXTS) / RATE + 60_000;
  await eventually(() => sent().length >= TEXTS || performance.now() > deadlineMs);

  const times = sent().map(({ at }) => Date.parse(at));
  const middle = times.slice(Math.floor(TEXTS * 0.1), Math.ceil(TEXTS * 0.9));
  const perSecond = ((middle.length - 1) * 1_000) / ((middle.at(-1) ?? 0) - (middle[0] ?? 0));
  const most = Math.max(...times.map((from) => times.filter((time) => time >= from && time < from + 1_000).length));
  const order = sent().map(({ body }) => links.findIndex((link) => (body as { Body: string }).Body.includes(link)));
  const inOrder = order.every((place, i) => place === i);

  process.stdout.write(
    `${TEXTS} texts over two instances at ${RATE} a second: ${perSecond.toFixed(1)} a second, at most ${most} in any second, ` +
      `${inOrder ? "in order" : "out of order"}\n`,
  );
  if (order.length < TEXTS || Math.abs(perSecond - RATE) > RATE * TOLERANCE || !inOrder) process.exitCode = 1;
} finally {
  await stack.stop();
}
