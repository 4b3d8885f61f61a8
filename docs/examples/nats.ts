import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { connect, JSONCodec } from "nats";

const nc = await connect({ servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222" });
const json = JSONCodec<any>();

// Registrations without an answer yet, by id, where they survive a restart: here a file, in yours perhaps a table.
const FILE = process.env.WAITING_FILE ?? "waiting.json";
const waiting: Record<string, object> = existsSync(FILE) ? JSON.parse(readFileSync(FILE, "utf8")) : {};
const save = () => writeFileSync(FILE, JSON.stringify(waiting));
const answered: Record<string, () => void> = {};

/** Publishes again until an answer comes. The id makes that safe: what was accepted before is accepted again, as a duplicate. */
const handIn = async (registrationId: string, registration: object) => {
  waiting[registrationId] = registration;
  save();
  const answer = new Promise<void>((resolve) => {
    answered[registrationId] = resolve;
  });
  for (let waitMs = 5_000; registrationId in waiting; waitMs = Math.min(waitMs * 2, 60_000)) {
    // The acknowledgement says that NATS has it. Only the answer says that the registration is on disk.
    await nc
      .jetstream()
      .publish("chat.registration.completed.v1", json.encode(registration))
      .catch((error) => console.error(String(error)));
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([answer, new Promise((resolve) => (timer = setTimeout(resolve, waitMs)))]);
    clearTimeout(timer);
  }
};

/** Calls `notify` with each answer to something that waits. */
const listen = async (subject: string, notify: (answer: any) => void) => {
  for await (const message of nc.subscribe(subject)) {
    const answer = json.decode(message.data);
    if (!(answer.registrationId in waiting)) continue;
    notify(answer);
    delete waiting[answer.registrationId];
    save();
    answered[answer.registrationId]?.();
  }
};
const listening = [
  listen("chat.registration.accepted.v1", ({ duplicate }) => console.log(duplicate ? "accepted before" : "accepted")),
  listen("chat.registration.refused.v1", ({ fieldErrors = [] }) => {
    for (const { field, message } of fieldErrors) console.log(`${field}: ${message}`);
  }),
];
await nc.flush();

// Whatever was waiting when the gateway stopped: its answer may have been missed, so it is published again.
await Promise.all(Object.entries(waiting).map(([id, registration]) => handIn(id, registration)));

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
await handIn(registrationId, { ...registration, parentPhone: "0161 496 0000" });
await handIn(registrationId, registration);
await nc.close();
await Promise.all(listening);
