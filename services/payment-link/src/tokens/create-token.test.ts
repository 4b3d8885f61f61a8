import type { PaymentEvent } from "@touchline/contracts";
import type { EventStore } from "@touchline/event-store";
import { memoryEventStore } from "@touchline/event-store/memory";
import { createLogger } from "@touchline/service";
import { expect, test } from "vitest";
import { createSeasons } from "../follow-up/season.ts";
import type { RequestReport } from "../payment/provider.ts";
import { giveToken, type Registration } from "./create-token.ts";

const now = new Date("2026-09-01T10:00:00Z");
const registration: Registration = {
  registrationId: "r-1",
  child: { firstName: "Zoë", lastName: "O'Neill" },
  parent: { firstName: "Sam", lastName: "O'Neill" },
  parentPhone: "+447700900123",
  team: "Tigers",
  ageGroup: "u10",
  season: "2627",
  preferredPaymentDay: 1,
  signingFeePence: 4_500,
  monthlyFeePence: 2_750,
  defaultedFees: [],
  acceptedAt: now.toISOString(),
};

/** Only the stream knows. */
const changed = { has: () => undefined };

/** A GoCardless that gives this answer for every billing request. */
const tokenFor = async (
  answer: RequestReport,
  given = registration,
  store = memoryEventStore(() => now),
  today = now,
) => {
  const provider = { createRequest: async () => answer, readRequest: async () => answer };
  const index = { linkOfRegistration: () => undefined, remember: () => {} };
  const log = createLogger("test", "silent");
  await giveToken(
    { store, index, changed, provider, seasons: createSeasons({}, () => today), log, runtime: { now: () => now } },
    given,
    {
      service: "payment-link",
    },
  );
  return (await store.read(`payment-${answer.id}`))[0]?.data;
};

test("the token has what GoCardless's answer asks for", async () => {
  const answer: RequestReport = { id: "BRQ0001", status: "open", feePence: 100, mandate: false };
  expect(await tokenFor(answer)).toMatchObject({ feePence: 100, mandate: false });
});

test("if the answer does not say, what we asked for counts: a fee of nothing could never be charged back", async () => {
  const short: RequestReport = { id: "BRQ0001", status: "open" };
  expect(await tokenFor(short)).toMatchObject({ origin: "created", feePence: 4_500, mandate: true });
  expect(await tokenFor(short)).toMatchObject({ monthlyFrom: "2026-10-01", monthlyUntil: "2027-05-01" });
  const chats = { ...registration, billingRequestId: "BRQ0001", monthlyFeePence: 0 };
  expect(await tokenFor(short, chats)).toMatchObject({ origin: "adopted", feePence: 4_500, mandate: false });
});

test("the token says when the family registered, which may be days before", async () => {
  const acceptedAt = "2026-08-28T10:00:00.000Z";
  const given = { ...registration, acceptedAt };
  const token = await tokenFor({ id: "BRQ0001", status: "open" }, given);
  expect(token).toMatchObject({ acceptedAt, createdAt: now.toISOString() });
});

test("no mandate is asked for once the season has no day left to collect on", async () => {
  const short: RequestReport = { id: "BRQ0001", status: "open" };
  const over = new Date("2027-05-30T10:00:00Z");
  expect(
    await tokenFor(
      short,
      registration,
      memoryEventStore(() => now),
      over,
    ),
  ).toMatchObject({ mandate: false });
});

test("a request that is already paid, as after a restore, is paid from the first append: nobody is asked to pay", async () => {
  const memory = memoryEventStore(() => now);
  const appends: string[][] = [];
  const append: typeof memory.append = (stream, events, expected) => {
    appends.push(events.map(({ type }) => type));
    return memory.append(stream, events, expected);
  };
  await tokenFor({ id: "BRQ0001", status: "fulfilled", paymentId: "PM1" }, registration, { ...memory, append });
  expect(appends).toEqual([["PaymentTokenCreated", "PaymentFulfilled", "PaymentStatusChanged"]]);
});

test("a refusal for a registration erased in the meantime is not recorded and leaves no dead letter", async () => {
  const store = memoryEventStore(() => now);
  const erased = { registrationId: "r-1", resends: 0, corrections: 0, erasedAt: now.toISOString() };
  const createRequest = async () => {
    const event = { id: "e", type: "RegistrationErased", data: erased, metadata: { service: "registration" } };
    await store.append("registration-r-1", [event], "no_stream");
    return { refused: "validation_failed", reason: "amount is too large" };
  };
  const provider = { createRequest, readRequest: async () => undefined };
  const index = { linkOfRegistration: () => undefined, remember: () => {} };
  const log = createLogger("test", "silent");
  const seasons = createSeasons({}, () => now);
  const options = { store, index, changed, provider, seasons, log, runtime: { now: () => now } };
  expect(await giveToken(options, registration, { service: "payment-link" })).toBe("cancelled");
  expect(await store.read("registration-r-1")).toHaveLength(1);
});

test("a held registration gets no token until it is released, whether or not its stream was known to have changed", async () => {
  const held = { ...registration, possibleDuplicateOf: "r-0" };
  const releasedAt = now.toISOString();
  const outcomes = async (has: boolean | undefined, ...more: { type: string; data: object }[]) => {
    const store = memoryEventStore(() => now);
    const events = [{ type: "RegistrationCompleted", data: held }, ...more];
    const metadata = { service: "registration" };
    const proposed = events.map((event, i) => ({ ...event, id: `e-${i}`, metadata }));
    await store.append("registration-r-1", proposed, "no_stream");
    let asked = 0;
    const createRequest = async () => {
      asked++;
      return { id: "BRQ0001", status: "open" } as const;
    };
    const options = {
      store,
      index: { linkOfRegistration: () => undefined, remember: () => {} },
      changed: { has: () => has },
      provider: { createRequest, readRequest: async () => undefined },
      seasons: createSeasons({}, () => now),
      log: createLogger("test", "silent"),
      runtime: { now: () => now },
    };
    return [await giveToken(options, held, { service: "payment-link" }), asked];
  };
  const release = { type: "RegistrationReleased", data: { registrationId: "r-1", releasedAt } };
  expect(await outcomes(false)).toEqual(["held", 0]);
  expect(await outcomes(undefined)).toEqual(["held", 0]);
  expect(await outcomes(true, release)).toEqual(["created", 1]);
  expect(await outcomes(undefined, release)).toEqual(["created", 1]);
});

/** Two registrations with the chat's same billing request, at once. */
const giveBoth = async (beforeRead: (store: EventStore, reads: number) => Promise<unknown>) => {
  const store = memoryEventStore(() => now);
  let reads = 0;
  const own: RequestReport = { id: "BRQ0002", status: "open", feePence: 4_500, mandate: true };
  const options = {
    store,
    index: { linkOfRegistration: () => undefined, remember: () => {} },
    changed,
    provider: {
      createRequest: async () => own,
      readRequest: async () => {
        await beforeRead(store, ++reads);
        return { ...own, id: "BRQ0001" };
      },
    },
    seasons: createSeasons({}, () => now),
    log: createLogger("test", "silent"),
    runtime: { now: () => now },
  };
  const both = ["r-1", "r-2"].map((registrationId) => ({
    ...registration,
    registrationId,
    billingRequestId: "BRQ0001",
  }));
  const outcomes = await Promise.all(both.map((one) => giveToken(options, one, { service: "payment-link" })));
  const events = async (id: string) =>
    (await store.read<PaymentEvent>(`payment-${id}`)).map(({ type, data }) => ({ type, data }));
  return { outcomes, first: await events("BRQ0001"), second: await events("BRQ0002") };
};

test("of two registrations with one billing request, the second gets its own", async () => {
  const { outcomes, first, second } = await giveBoth(async () => {});
  expect(outcomes).toEqual(["adopted", "created"]);
  expect(first).toMatchObject([{ type: "PaymentTokenCreated", data: { registrationId: "r-1", origin: "adopted" } }]);
  expect(second).toMatchObject([{ type: "PaymentTokenCreated", data: { registrationId: "r-2", origin: "created" } }]);
});

test("a registration cancelled meanwhile does not close the link of another with the same billing request", async () => {
  const cancelled = { registrationId: "r-2", reason: "moved away", cancelledAt: now.toISOString() };
  const event = { id: "c", type: "RegistrationCancelled", data: cancelled, metadata: { service: "registration" } };
  const { first, second } = await giveBoth(async (store, reads) => {
    if (reads === 2) await store.append("registration-r-2", [event], "no_stream");
  });
  expect(first.map(({ type }) => type)).toEqual(["PaymentTokenCreated"]);
  expect(second.map(({ type }) => type)).toEqual(["PaymentTokenCreated", "PaymentLinkClosed", "PaymentStatusChanged"]);
});

test("a message delivered again while a new view is built gives no second link, although the first request was cancelled since", async () => {
  const store = memoryEventStore(() => now);
  const own: RequestReport = { id: "BRQ0001", status: "open", feePence: 4_500, mandate: true };
  const give = (request: RequestReport | undefined) =>
    giveToken(
      {
        store,
        index: { linkOfRegistration: () => undefined, remember: () => {} },
        changed,
        provider: { createRequest: async () => ({ ...own, id: "BRQ0002" }), readRequest: async () => request },
        seasons: createSeasons({}, () => now),
        log: createLogger("test", "silent"),
        runtime: { now: () => now },
      },
      { ...registration, billingRequestId: "BRQ0001" },
      { service: "payment-link" },
    );
  const outcomes = [
    await give(own),
    await give({ ...own, status: "cancelled" }),
    await give(undefined),
    await give(own),
  ];
  expect(outcomes).toEqual(["adopted", "known", "known", "adopted"]);
  expect(await store.read("payment-BRQ0001")).toHaveLength(1);
  expect(await store.read("payment-BRQ0002")).toEqual([]);
});
