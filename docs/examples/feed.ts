import { connect, JSONCodec } from "nats";

const nc = await connect({ servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222" });
const json = JSONCodec<any>();

// Touchline keeps the gateway's place: what was acknowledged does not come again, even if the gateway restarts.
const consumer = await nc.jetstream().consumers.get("CHANGES", "gateway-changes");
// The latest position of each registration. Keep it beside its statuses, where it survives a restart.
const positions = new Map<string, bigint>();
for (let news = true; news; ) {
  news = false;
  // This one ends once nothing has come for two seconds. Yours continues.
  for await (const message of await consumer.fetch({ max_messages: 100, expires: 2_000 })) {
    news = true;
    const change = json.decode(message.data);
    const position = BigInt(change.position);
    if (position > (positions.get(change.registrationId) ?? -1n)) {
      positions.set(change.registrationId, position);
      const { registrationId: id, erased, smsDeliveryStatus, paymentStatus, nextActions = [] } = change;
      const actions = nextActions.map(({ action }: { action: string }) => action);
      console.log(erased ? `${id}: forget it` : `${id}: ${[smsDeliveryStatus, paymentStatus, ...actions].join(", ")}`);
    }
    message.ack();
  }
}
await nc.close();
