import { connect } from "nats";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { noPrometheus, type RunningPrometheus, startPrometheus, until } from "./prometheus.ts";
import { type Running, startTouchline } from "./running.ts";

describe.skipIf(noPrometheus)("on a real Prometheus with windows of seconds", () => {
  let touchline: Running;
  let prometheus: RunningPrometheus;

  beforeAll(async () => {
    touchline = await startTouchline({ WEBHOOK_POLL_SECONDS: "1" });
    prometheus = await startPrometheus(touchline.targets, { shortWindows: true });
  }, 120_000);

  afterAll(async () => {
    await prometheus?.stop();
    await touchline?.stop();
  });

  afterEach(() => touchline.faults({}));

  const fires = (...names: string[]) =>
    until(async () => {
      const firing = await prometheus.firing();
      return names.every((name) => firing.includes(name));
    });

  test("registrations that go well raise no alert", async () => {
    await touchline.register(4);
    await until(
      async () => Number((await prometheus.ask('touchline_journey_total{stage="delivered"}'))[0]?.value[1]) >= 4,
    );
    expect(await prometheus.firing()).toEqual([]);
  });

  test("GoCardless refuses", async () => {
    await touchline.faults({ gocardless: { requests: [{ kind: "error", code: "validation_failed" }] } });
    await touchline.register(1);
    await fires("TokensRefused", "DeadLetters");
  });

  test("GoCardless is away", async () => {
    await touchline.faults({ gocardless: { requests: [{ kind: "status", status: 503, body: "html" }] } });
    await touchline.register(2);
    await fires("GoCardlessFailing", "ConsumerStuck");
  });

  test("texts do not arrive", async () => {
    await touchline.faults({ twilio: { outcomes: [{ status: "undelivered", errorCode: 30005 }] } });
    await touchline.register(8);
    await fires("TextsUndelivered");
  });

  test("Twilio refuses our account", async () => {
    await touchline.faults({ twilio: { requests: [{ kind: "error", code: 20003, on: "messages.create" }] } });
    await touchline.register(6);
    await fires("TextsHeld", "TextsLateFast", "TextsLate", "TextsLateSlowly");
  });

  test("somebody forges webhooks", async () => {
    await firesWhile(
      () =>
        fetch(`${touchline.stack.urls.edge}/webhooks/gocardless`, {
          method: "POST",
          headers: { "webhook-signature": "0".repeat(64) },
          body: "{}",
        }),
      "WebhooksForged",
    );
  });

  test("a message that nobody can read", async () => {
    const parked = async () =>
      Number((await prometheus.ask('touchline_stream_messages{stream="DEAD_LETTERS"}'))[0]?.value[1] ?? 0);
    const before = await parked();
    const nc = await connect({ servers: touchline.stack.urls.nats });
    await nc.jetstream().publish("events.registration.RegistrationCompleted", "not an event");
    await nc.close();
    await until(async () => (await parked()) > before);
    await fires("DeadLetters");
  });

  const firesWhile = (act: () => Promise<unknown>, name: string) =>
    until(async () => {
      await act();
      return (await prometheus.firing()).includes(name);
    });
});
