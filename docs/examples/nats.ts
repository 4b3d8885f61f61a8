import { connect, JSONCodec } from "nats";

const nc = await connect({ servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222" });
const json = JSONCodec<any>();

// Every answer from now on. A gateway that must not miss answers while it restarts creates a durable JetStream consumer
// on the stream CHAT for each of the two subjects.
const answers = nc.subscribe("chat.registration.*.v1");

/** Resolves when NATS has the message on disk; Touchline takes it in even if it is down now. */
const publish = (registration: object) =>
  nc.jetstream().publish("chat.registration.completed.v1", json.encode(registration));

const registrationId = process.argv[2] ?? crypto.randomUUID();
const registration = {
  registrationId,
  child: { firstName: "Zoë", lastName: "O'Neill" },
  parent: { firstName: "Sam", lastName: "O'Neill", email: "sam@example.org" },
  parentPhone: "07700 900123",
  team: "Tigers",
  ageGroup: "u10",
  season: "2526",
  preferredPaymentDay: 1,
};
await publish({ ...registration, parentPhone: "0161 496 0000" });
await publish(registration);

for await (const message of answers) {
  const answer = json.decode(message.data);
  if (answer.registrationId !== registrationId) continue;
  if (message.subject === "chat.registration.refused.v1") {
    for (const { field, message: words } of answer.fieldErrors ?? []) console.log(`${field}: ${words}`);
  } else if (message.subject === "chat.registration.accepted.v1") {
    console.log(answer.duplicate ? "taken in before" : "taken in");
    break;
  }
}
await nc.close();
