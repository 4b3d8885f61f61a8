import { randomUUID } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { CORRECTIONS_MAX, RESENDS_MAX } from "@touchline/contracts";
import { memoryEventStore } from "@touchline/event-store/memory";
import { expect, test } from "vitest";
import type { Actor } from "../people/roles.ts";
import { createFind } from "../read-model/find.ts";
import { registrationsProjection } from "../read-model/projection.ts";
import { createQueries } from "../read-model/queries.ts";
import { createChanges } from "./changes.ts";
import { noTextReasons, refusalWords } from "./outcome.ts";

const at = "2026-09-01T10:00:00.000Z";
const id = "r1";
const other = "+447700900456";
const admin: Actor = { id: "op-admin", role: "admin" };

/** A registration with its view, which is brought up to date before each read, or is empty because it is being rebuilt. */
const registered = async ({ rebuilding = false } = {}) => {
  let now = new Date(at);
  const store = memoryEventStore(() => now);
  const db = new DatabaseSync(":memory:");
  db.exec(registrationsProjection.schema);
  const apply = registrationsProjection.prepare(db, () => {});
  const queries = createQueries(db, () => now);
  let shown: bigint | undefined;
  const ownWrites = { note: () => {}, settled: async () => {} };
  const projection = { status: () => ({ state: "catching_up" }) as const, reached: async () => false };
  const findInEvents = createFind({ store, queries, projection, ownWrites });
  const findInView = async (registrationId: string) => {
    for await (const event of store.readAll({ after: shown })) {
      apply(event);
      shown = event.position;
    }
    apply.flush?.();
    return queries.get(registrationId);
  };
  const append = async (stream: string, type: string, data: object) => {
    const last = (await store.read(stream)).at(-1)?.revision;
    await store.append(stream, [{ id: randomUUID(), type, data, metadata: { service: "test" } }], last ?? "no_stream");
  };
  await append(`registration-${id}`, "RegistrationCompleted", {
    registrationId: id,
    child: { firstName: "Zoë", lastName: "O'Neill" },
    parent: { firstName: "Sam", lastName: "O'Neill" },
    parentPhone: "+447700900123",
    team: "Tigers",
    ageGroup: "u10",
    season: "2526",
    preferredPaymentDay: 1,
    signingFeePence: 100,
    monthlyFeePence: 100,
    defaultedFees: [],
    acceptedAt: at,
  });
  const changes = createChanges({
    store,
    find: rebuilding ? findInEvents : findInView,
    queries,
    ownWrites,
    testFees: true,
    now: () => now,
  });
  const by = { actor: admin };
  return {
    resend: (registrationId: string) => changes.resend(registrationId, by),
    correctPhone: (registrationId: string, phone: string) => changes.correctPhone(registrationId, phone, by),
    cancel: (registrationId: string, reason: string) => changes.cancel(registrationId, reason, by),
    erase: (registrationId: string) => changes.erase(registrationId, by),
    refund: (amountPence: number, refundRequestId: string, actor = admin) =>
      changes.refund(id, { amountPence, refundRequestId }, { actor }),
    changes,
    events: () => store.read(`registration-${id}`),
    append,
    pass: (ms: number) => {
      now = new Date(now.getTime() + ms);
    },
  };
};

type Family = Awaited<ReturnType<typeof registered>>;

const pay = ({ append }: Family) =>
  append("payment-BRQ0001", "PaymentStatusChanged", { registrationId: id, status: "paid", since: at, changedAt: at });
const optOut = ({ append }: Family) => append("suppression-h", "PhoneOptedOut", { phone: other });
const refuseToken = ({ append }: Family) =>
  append(`registration-${id}`, "PaymentTokenRefused", { registrationId: id, code: "validation_failed", reason: "no" });
const refuseNumber = async ({ append }: Family, to = other) => {
  await append("sms-a", "SmsRequested", { smsId: "a", registrationId: id, purpose: "payment_link", to, segments: 1 });
  const problem = { status: "failed", failure: "number_not_mobile", code: "21614", numberProblem: "refused" };
  await append("sms-a", "TextStatusChanged", {
    registrationId: id,
    attempt: 1,
    segments: 1,
    changedAt: at,
    ...problem,
  });
};

test("a correction says when the link is not texted to the new number, and why", async () => {
  const corrected = async (before: (family: Family) => Promise<unknown>) => {
    const family = await registered();
    await before(family);
    return family.correctPhone(id, "07700 900456");
  };
  expect(await corrected(async () => {})).toEqual({ kind: "corrected", noText: undefined });
  expect(await corrected(pay)).toEqual({ kind: "corrected", noText: "paid" });
  expect(await corrected(optOut)).toEqual({ kind: "corrected", noText: "opted_out" });
  expect(await corrected(refuseNumber)).toEqual({ kind: "corrected", noText: "number_refused" });
  expect(await corrected(refuseToken)).toEqual({ kind: "corrected", noText: "no_link" });
  expect(await corrected((family) => family.cancel(id, ""))).toEqual({ kind: "registration_cancelled" });
});

test("a resend is refused when no text would go out, and says why", async () => {
  const resent = async (before: (family: Family) => Promise<unknown>) => {
    const family = await registered();
    await before(family);
    return family.resend(id);
  };
  expect(await resent(async () => {})).toEqual({ kind: "resent", resends: 1 });
  expect(await resent(pay)).toEqual({ kind: "not_texted", reason: "paid" });
  expect(await resent((family) => refuseNumber(family, "+447700900123"))).toEqual({
    kind: "not_texted",
    reason: "number_refused",
  });
  expect(await resent((family) => family.cancel(id, ""))).toEqual({
    kind: "not_texted",
    reason: "registration_cancelled",
  });
  const stopped = await registered();
  await stopped.correctPhone(id, other);
  await optOut(stopped);
  expect(await stopped.resend(id)).toEqual({ kind: "not_texted", reason: "opted_out" });
});

test("reaching a limit is an outcome that names the limit", async () => {
  const family = await registered();
  for (let i = 0; i < RESENDS_MAX; i++) {
    expect(await family.resend(id)).toEqual({ kind: "resent", resends: i + 1 });
    if (i === 0) expect(await family.resend(id)).toEqual({ kind: "too_soon", retryAfterMs: 60_000 });
    family.pass(60_000);
  }
  expect(await family.resend(id)).toEqual({ kind: "too_many_resends" });
  for (let i = 0; i < CORRECTIONS_MAX; i++) {
    expect(await family.correctPhone(id, `077009001${10 + i}`)).toMatchObject({ kind: "corrected" });
  }
  const refusal = await family.correctPhone(id, "07700 900456");
  expect(refusal).toEqual({ kind: "too_many_corrections" });
  expect(refusalWords({ kind: "too_many_corrections" })).toContain("10 times");
});

test("a missing or erased registration is not found, and a repeat changes nothing", async () => {
  const family = await registered();
  expect(await family.correctPhone(id, "020 7946 0000")).toMatchObject({ kind: "invalid", field: "parentPhone" });
  expect(await family.correctPhone(id, "07700 900123")).toEqual({ kind: "unchanged" });
  expect(await family.cancel(id, "moved away")).toEqual({ kind: "cancelled" });
  expect(await family.cancel(id, "moved away")).toEqual({ kind: "cancelled_before" });
  expect(await family.erase(id)).toEqual({ kind: "erased" });
  expect(await family.erase(id)).toEqual({ kind: "erased_before" });
  for (const absent of [id, "r2", "../x", ""]) {
    expect(await family.resend(absent)).toEqual({ kind: "not_found" });
    expect(await family.cancel(absent, "")).toEqual({ kind: "not_found" });
    expect(await family.correctPhone(absent, "07700 900456")).toEqual({ kind: "not_found" });
  }
});

test("while the view is being rebuilt, an erasure names the link, and money can be moved", async () => {
  const family = await registered({ rebuilding: true });
  await family.append("payment-BRQ0001", "PaymentTokenCreated", { registrationId: id, billingRequestId: "BRQ0001" });
  expect(await family.refund(100, "refund-1")).toEqual({ kind: "refund_requested" });
  expect(await family.erase(id)).toEqual({ kind: "erased" });
  expect((await family.events()).at(-1)).toMatchObject({
    type: "RegistrationErased",
    data: { billingRequestId: "BRQ0001" },
  });
});

/** Every change, each with the role that it takes. */
const attempts = [
  ["operator", "PaymentLinkResendRequested", ({ resend }, by) => resend(id, by)],
  ["operator", "ParentPhoneCorrected", ({ correctPhone }, by) => correctPhone(id, other, by)],
  ["operator", "RegistrationCancelled", ({ cancel }, by) => cancel(id, "", by)],
  ["operator", "NoteAdded", ({ addNote }, by) => addNote(id, { noteId: "n1", text: "pays on Friday" }, by)],
  ["operator", "TextsWishRecorded", ({ recordTextsWish }, by) => recordTextsWish(id, false, by)],
  ["admin", "RegistrationErased", ({ erase }, by) => erase(id, by)],
] as const satisfies [Actor["role"], string, (changes: Family["changes"], by: { actor: Actor }) => Promise<unknown>][];

test.each(attempts)("the %s's %s names its actor, and nobody below may cause it", async (role, type, attempt) => {
  const { changes, events } = await registered();
  const viewer = { id: "op-v", role: "viewer" } as const;
  expect(await attempt(changes, { actor: viewer })).toEqual({ kind: "not_allowed" });
  expect(await attempt(changes, { actor: { id: "op-t", role, teams: ["Lions"] } })).toEqual({ kind: "not_found" });
  expect(await events()).toHaveLength(1);
  await attempt(changes, { actor: { id: "op-t", role, teams: ["Lions", "Tigers"] } });
  expect((await events()).map((event) => [event.type, event.metadata.actor]).at(-1)).toEqual([type, "op-t"]);
});

test("the chat gateway neither erases nor writes notes", async () => {
  const { changes, events } = await registered();
  const by = { actor: { id: "gateway", role: "gateway" } } as const;
  expect(await changes.erase(id, by)).toEqual({ kind: "not_allowed" });
  expect(await changes.addNote(id, { noteId: "n1", text: "pays on Friday" }, by)).toEqual({ kind: "not_allowed" });
  expect(await changes.removeNote(id, "n1", by)).toEqual({ kind: "not_allowed" });
  expect(await changes.cancel(id, "", by)).toEqual({ kind: "cancelled" });
  expect((await events()).at(-1)?.metadata.actor).toBe("gateway");
});

test("an empty note is refused, and a missing one cannot be removed", async () => {
  const { changes } = await registered();
  const by = { actor: admin };
  expect(await changes.addNote(id, { noteId: "n1", text: " " }, by)).toMatchObject({ kind: "invalid", field: "text" });
  expect(await changes.removeNote(id, "n1", by)).toEqual({ kind: "no_such_note" });
  await changes.addNote(id, { noteId: "n1", text: "pays on Friday" }, by);
  expect(await changes.removeNote(id, "n1", by)).toEqual({ kind: "note_removed" });
});

test("each reason has words of its own", () => {
  const words = noTextReasons.map((reason) => refusalWords({ kind: "not_texted", reason }));
  expect(new Set(words).size).toBe(noTextReasons.length);
});

test("a treasurer asks for a refund once, if there is a link through which the family could have paid", async () => {
  const { refund, append, events } = await registered();
  expect(await refund(1_000, "wish-1")).toEqual({ kind: "nothing_paid" });
  await append("payment-BRQ0001", "PaymentTokenCreated", {
    billingRequestId: "BRQ0001",
    registrationId: id,
    origin: "created",
    feePence: 4_500,
    mandate: true,
    monthlyFeePence: 2_750,
    preferredPaymentDay: 1,
    season: "2526",
    createdAt: at,
  });
  expect(await refund(1_000, "wish-1", { id: "op-1", role: "operator" })).toEqual({ kind: "not_allowed" });
  expect(await refund(1_000, "wish-1", { id: "gateway", role: "gateway" })).toEqual({ kind: "not_allowed" });
  expect(await refund(1_000, "wish-1", { id: "op-2", role: "treasurer" })).toEqual({ kind: "refund_requested" });
  expect(await refund(1_000, "wish-1")).toEqual({ kind: "refunding" });
  expect(await refund(2_000, "wish-1")).toEqual({ kind: "refund_differs" });
  const wishes = (await events()).filter(({ type }) => type === "RegistrationRefundRequested");
  expect(wishes.map(({ data, metadata }) => [data, metadata.actor])).toEqual([
    [{ registrationId: id, refundRequestId: "wish-1", amountPence: 1_000, requestedAt: at }, "op-2"],
  ]);
});

test("a repeated refund or record reports its result", async () => {
  const { refund, append, changes } = await registered();
  const record = (recordId: string) =>
    changes.recordMoney(id, { recordId, kind: "cash", amountPence: 100, note: "R-1" }, { actor: admin });
  const say = (type: string, data: object) => append("payment-BRQ0001", type, data);
  await say("PaymentTokenCreated", { registrationId: id, billingRequestId: "BRQ0001" });
  for (const wish of ["a", "b"]) await refund(1_000, wish);
  for (const recordId of ["a", "b"]) await record(recordId);
  expect([await refund(1_000, "a"), await record("a")]).toEqual([{ kind: "refunding" }, { kind: "recorded_before" }]);
  await say("RefundCreated", { refundRequestId: "a", refundId: "RF1" });
  await say("MoneyElsewhereRecorded", { recordId: "a" });
  await say("RefundRefused", { refundRequestId: "b", code: "more_than_refundable", reason: "" });
  await say("MoneyElsewhereRefused", { recordId: "b", code: "not_recorded" });
  expect([await refund(1_000, "a"), await record("a")]).toEqual([{ kind: "refunded" }, { kind: "counted" }]);
  const why = async (outcome: ReturnType<typeof refund> | ReturnType<typeof record>) => {
    const came = await outcome;
    return came.kind === "came_to_nothing" && refusalWords(came);
  };
  expect(await why(refund(1_000, "b"))).toMatch(/^The refund was not made: .*left to give back\.$/);
  expect(await why(record("b"))).toMatch(/^The record of money does not count: .*undone\.$/);
});

test.each([
  [0, "wish-1", "amountPence"],
  [1.5, "wish-1", "amountPence"],
  [1_000_001, "wish-1", "amountPence"],
  [1_000, "", "refundRequestId"],
  [1_000, "a wish", "refundRequestId"],
])("a refund of %d pence under the id %j is refused", async (pence, wish, field) => {
  const { refund } = await registered();
  expect(await refund(pence, wish)).toMatchObject({ kind: "invalid", field });
});

test("a treasurer records money from elsewhere, once there is a link", async () => {
  const family = await registered();
  const wish = { recordId: "cash-1", kind: "cash", amountPence: 100, note: "R-1" };
  const record = (role: Actor["role"]) => family.changes.recordMoney(id, wish, { actor: { id: "op", role } });
  expect(await record("treasurer")).toEqual({ kind: "no_fee" });
  await family.append("payment-BRQ0001", "PaymentTokenCreated", { registrationId: id, billingRequestId: "BRQ0001" });
  for (const role of ["viewer", "operator", "gateway"] as const)
    expect(await record(role)).toEqual({ kind: "not_allowed" });
  expect(await record("treasurer")).toEqual({ kind: "recorded" });
  expect(await record("treasurer")).toEqual({ kind: "recorded_before" });
  const [last] = (await family.events()).slice(-1);
  expect(last).toMatchObject({ type: "MoneyRecorded", metadata: { actor: "op" } });
});

test("an operator marks the replies seen so far as dealt with", async () => {
  const { changes, append, events } = await registered();
  const [early, late] = ["2026-09-01T10:01:00.000Z", "2026-09-01T10:02:00.000Z"];
  const reply = (replyId: string, receivedAt: string) =>
    append("sms-a", "ReplyReceived", { registrationId: id, replyId, body: "who is this?", receivedAt });
  const mark = (upTo?: Date, role: Actor["role"] = "operator") =>
    changes.markRepliesHandled(id, upTo, { actor: { id: "op-1", role } });
  const handled = async () =>
    (await events()).flatMap(({ type, data }) => (type === "RepliesHandled" ? [data.upTo] : []));
  expect(await mark()).toEqual({ kind: "no_replies" });
  await append("sms-a", "SmsRequested", { smsId: "a", registrationId: id, purpose: "payment_link", to: other });
  await reply("SM1", early);
  await reply("SM2", late);
  for (const role of ["viewer", "gateway"] as const)
    expect(await mark(undefined, role)).toEqual({ kind: "not_allowed" });
  expect(await mark(new Date("soon"))).toMatchObject({ kind: "invalid", field: "upTo" });
  expect(await mark(new Date(early))).toEqual({ kind: "replies_handled" });
  expect(await mark(new Date(early))).toEqual({ kind: "no_replies" });
  expect(await mark(new Date("2030-01-01T00:00:00Z"))).toEqual({ kind: "replies_handled" });
  expect(await mark()).toEqual({ kind: "no_replies" });
  expect(await handled()).toEqual([early, late]);
});

test("a wish about texts that is already in force is not recorded again", async () => {
  const { changes, append, events } = await registered();
  const wish = (wanted: boolean) => changes.recordTextsWish(id, wanted, { actor: admin });
  expect(await wish(true)).toEqual({ kind: "wish_known" });
  expect(await wish(false)).toEqual({ kind: "wish_recorded" });
  await append("suppression-h", "PhoneOptedOut", { phone: "+447700900123", via: "club" });
  expect(await wish(false)).toEqual({ kind: "wish_known" });
  expect(await wish(true)).toEqual({ kind: "wish_recorded" });
  expect((await events()).map(({ type }) => type)).toEqual([
    "RegistrationCompleted",
    "TextsWishRecorded",
    "TextsWishRecorded",
  ]);
});

test("a held registration is texted once the chat or an operator releases it", async () => {
  const family = await registered();
  const held = "r2";
  const [event] = await family.events();
  const data = { ...event?.data, registrationId: held, possibleDuplicateOf: id };
  await family.append(`registration-${held}`, "RegistrationCompleted", data);
  const gateway: Actor = { id: "gateway", role: "gateway" };
  const viewer: Actor = { id: "op-viewer", role: "viewer" };
  expect(await family.resend(held)).toEqual({ kind: "not_texted", reason: "held" });
  expect(await family.changes.release(held, { actor: viewer })).toEqual({ kind: "not_allowed" });
  expect(await family.changes.release(held, { actor: gateway })).toEqual({ kind: "released" });
  expect(await family.changes.release(held, { actor: admin })).toEqual({ kind: "not_held" });
  expect(await family.resend(held)).toEqual({ kind: "resent", resends: 1 });
  expect(await family.changes.release("r3", { actor: admin })).toEqual({ kind: "not_found" });
});

test("an operator may amend a team or a name, and the chat may not", async () => {
  const { changes, events } = await registered();
  const amend = (wish: object, actor: Actor) => changes.amend(id, wish, { actor });
  expect(await amend({ team: "Lions" }, { id: "gateway", role: "gateway" })).toEqual({ kind: "not_allowed" });
  const ofTigers: Actor = { id: "op-tigers", role: "operator", teams: ["Tigers"] };
  expect(await amend({ team: "Lions" }, ofTigers)).toEqual({ kind: "not_allowed" });
  expect(await amend({ ageGroup: "u11" }, ofTigers)).toEqual({ kind: "amended" });
  expect(await amend({ team: "Lions" }, admin)).toEqual({ kind: "amended" });
  // The family is another team's now.
  expect(await amend({ ageGroup: "u12" }, ofTigers)).toEqual({ kind: "not_found" });
  expect(await amend({ team: "Lions" }, admin)).toEqual({ kind: "unchanged" });
  expect((await events()).map(({ type }) => type)).toEqual([
    "RegistrationCompleted",
    "RegistrationAmended",
    "RegistrationAmended",
  ]);
});

test("only a treasurer may amend the monthly fee and the payment day", async () => {
  const { changes, events } = await registered();
  const amend = (wish: object, role: Actor["role"]) => changes.amend(id, wish, { actor: { id: "op-1", role } });
  for (const role of ["gateway", "viewer", "operator"] as const) {
    expect(await amend({ monthlyFeePence: 2000 }, role)).toEqual({ kind: "not_allowed" });
    expect(await amend({ team: "Tigers", preferredPaymentDay: 15 }, role)).toEqual({ kind: "not_allowed" });
  }
  expect(await amend({ monthlyFeePence: 2000 }, "treasurer")).toEqual({ kind: "amended" });
  expect((await events()).at(-1)).toMatchObject({ type: "MonthlyTermsAmended", data: { monthlyFeePence: 2000 } });
});
