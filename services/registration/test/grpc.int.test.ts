import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { fromBinary } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { type ServiceError, status } from "@grpc/grpc-js";
import { BadRequestSchema, CORRECTIONS_MAX, RetryInfoSchema, RpcStatusSchema } from "@touchline/contracts";
import { type Infrastructure, startInfrastructure } from "@touchline/testing/stack";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Answer, connectGateway, zoe } from "./gateway.ts";
import { type RunningService, startService } from "./harness.ts";

let infrastructure: Infrastructure;
let service: RunningService;
let gateway: ReturnType<typeof connectGateway>;

beforeAll(async () => {
  infrastructure = await startInfrastructure("registration");
  service = await startService(infrastructure, { GATEWAY_TOKEN: "let-me-in" });
  gateway = connectGateway(service.grpc, "let-me-in");
});

afterAll(async () => {
  gateway?.close();
  await service?.stop();
  await infrastructure?.stop();
});

const refusal = async (call: Promise<unknown>): Promise<ServiceError> => {
  try {
    await call;
  } catch (error) {
    return error as ServiceError;
  }
  throw new Error("The call was not refused.");
};

const detailsOf = (error: ServiceError) =>
  fromBinary(RpcStatusSchema, error.metadata.get("grpc-status-details-bin")[0] as Buffer);

const violationsOf = (error: ServiceError) => {
  const [any] = detailsOf(error).details;
  const bad = any && anyUnpack(any, BadRequestSchema);
  return (bad?.fieldViolations ?? []).map((v) => [v.field, v.reason]);
};

test("a completed registration is found at once, with the columns of the read model", async () => {
  const id = randomUUID();
  const answer = await gateway.call("CompleteRegistration", zoe(id));
  expect(answer).toMatchObject({ registration_id: id, duplicate: false, accepted_at: { seconds: expect.any(String) } });
  const row = await gateway.call("GetRegistration", { registration_id: id });
  expect(row).toMatchObject({
    registration_id: id,
    child_name: "Zoë O'Neill",
    parent_name: "Sam O'Neill",
    parent_phone: "+447700900123",
    team: "Tigers",
    age_group: "u10",
    season: "2526",
    signing_fee_pence: 100,
    payment_status: "pending",
    sms_delivery_status: "pending",
    sms_sent_at: null,
    billing_request_id: "",
    created_at: answer.accepted_at,
  });
  const { registrations } = (await gateway.call("ListRegistrations", {})) as unknown as { registrations: Answer[] };
  expect(registrations.map((r) => r.registration_id)).toContain(id);
});

test("a repeat is a duplicate with the first answer's time, other content a conflict that names the fields", async () => {
  const id = randomUUID();
  const first = await gateway.call("CompleteRegistration", zoe(id));
  const repeat = await gateway.call("CompleteRegistration", zoe(id, { parent_phone: "+44 (0)7700 900123" }));
  expect(repeat).toEqual({ ...first, duplicate: true });
  const error = await refusal(gateway.call("CompleteRegistration", zoe(id, { team: "Lions", season: "2627" })));
  expect(error.code).toBe(status.ALREADY_EXISTS);
  expect(error.details).toContain(id);
  expect(violationsOf(error)).toEqual([
    ["team", "differs"],
    ["season", "differs"],
  ]);
});

test("identical calls at the same time lead to one registration", async () => {
  const id = randomUUID();
  const answers = await Promise.all(Array.from({ length: 12 }, () => gateway.call("CompleteRegistration", zoe(id))));
  expect(answers.filter((a) => a.duplicate === false)).toHaveLength(1);
  expect(new Set(answers.map((a) => JSON.stringify(a.accepted_at))).size).toBe(1);
});

test("every violation of a request is reported at once, and no value is repeated", async () => {
  const faulty = {
    registration_id: "not/ours",
    child: { first_name: "R2-D2", last_name: "" },
    parent: { first_name: "evil.example", last_name: "x".repeat(51), email: "nobody" },
    parent_phone: "0161 496 0000",
    team: "Ti\u0007gers",
    age_group: "u19",
    season: "2527",
    preferred_payment_day: 32,
    signing_fee_pence: -1,
    billing_request_id: "BRX1",
  };
  const error = await refusal(gateway.call("CompleteRegistration", faulty));
  expect(error.code).toBe(status.INVALID_ARGUMENT);
  expect(violationsOf(error)).toEqual([
    ["registrationId", "invalid"],
    ["child.firstName", "invalid_characters"],
    ["child.lastName", "required"],
    ["parent.firstName", "contains_link"],
    ["parent.lastName", "too_long"],
    ["parent.email", "invalid"],
    ["parentPhone", "not_a_mobile"],
    ["team", "control_characters"],
    ["ageGroup", "invalid"],
    ["season", "invalid"],
    ["preferredPaymentDay", "out_of_range"],
    ["signingFeePence", "out_of_range"],
    ["billingRequestId", "invalid"],
  ]);
  const said = JSON.stringify([error.details, detailsOf(error)], (_, v) => (typeof v === "bigint" ? String(v) : v));
  for (const value of ["not/ours", "R2-D2", "evil.example", "nobody", "496", "BRX1"]) {
    expect(said).not.toContain(value);
  }
});

test("a refusal of fields says which registration it is about", async () => {
  const id = randomUUID();
  const error = await refusal(gateway.call("CompleteRegistration", zoe(id, { parent_phone: "0161 496 0000" })));
  expect([error.code, error.details]).toEqual([
    status.INVALID_ARGUMENT,
    `Registration ${id} was not accepted: parentPhone.`,
  ]);
});

test("changes: corrected, texted again, cancelled, each seen at once", async () => {
  const id = randomUUID();
  await gateway.call("CompleteRegistration", zoe(id));
  const correct = { registration_id: id, parent_phone: "07700 900456" };
  expect(await gateway.call("CorrectParentPhone", correct)).toMatchObject({ changed: true });
  expect(await gateway.call("CorrectParentPhone", correct)).toMatchObject({ changed: false });
  expect(await gateway.call("GetRegistration", { registration_id: id })).toMatchObject({
    parent_phone: "+447700900456",
  });
  expect(await gateway.call("ResendPaymentLink", { registration_id: id })).toMatchObject({ resends: 1 });
  const tooSoon = await refusal(gateway.call("ResendPaymentLink", { registration_id: id }));
  expect(tooSoon.code).toBe(status.RESOURCE_EXHAUSTED);
  const [any] = detailsOf(tooSoon).details;
  const delay = any && anyUnpack(any, RetryInfoSchema)?.retryDelay;
  expect(Number(delay?.seconds)).toBeGreaterThan(0);
  expect(Number(delay?.seconds)).toBeLessThanOrEqual(60);
  const cancel = { registration_id: id, reason: "moved away" };
  expect(await gateway.call("CancelRegistration", cancel)).toMatchObject({ changed: true });
  expect(await gateway.call("CancelRegistration", cancel)).toMatchObject({ changed: false });
  expect(await gateway.call("GetRegistration", { registration_id: id })).toMatchObject({ payment_status: "cancelled" });
  const late = await refusal(gateway.call("ResendPaymentLink", { registration_id: id }));
  expect(late.code).toBe(status.FAILED_PRECONDITION);
  // What the gateway submitted is still the same registration.
  expect(await gateway.call("CompleteRegistration", zoe(id))).toMatchObject({ duplicate: true });
});

test("a correction beyond the limit is refused with the limit", async () => {
  const id = randomUUID();
  await gateway.call("CompleteRegistration", zoe(id));
  const correct = (i: number) =>
    gateway.call("CorrectParentPhone", { registration_id: id, parent_phone: `077009001${10 + i}` });
  for (let i = 0; i < CORRECTIONS_MAX; i++) {
    expect(await correct(i)).toMatchObject({ changed: true, no_text_reason: "" });
  }
  const error = await refusal(correct(CORRECTIONS_MAX));
  expect([error.code, error.details]).toEqual([
    status.RESOURCE_EXHAUSTED,
    `The number has been corrected ${CORRECTIONS_MAX} times, the most allowed.`,
  ]);
});

test("a registration that does not exist is not found, whatever is asked of it", async () => {
  const registration_id = randomUUID();
  for (const id of [registration_id, "", "../x", "\u0000", "x".repeat(100_000)]) {
    for (const method of ["GetRegistration", "ResendPaymentLink", "CancelRegistration"]) {
      expect((await refusal(gateway.call(method, { registration_id: id }))).code).toBe(status.NOT_FOUND);
    }
  }
  const correct = gateway.call("CorrectParentPhone", { registration_id, parent_phone: "07700 900456" });
  expect((await refusal(correct)).code).toBe(status.NOT_FOUND);
  const [error] = (await once(gateway.watch(registration_id), "error")) as [ServiceError];
  expect(error.code).toBe(status.NOT_FOUND);
});

test("a call without the token, or with a wrong one, is not authenticated", async () => {
  for (const token of [undefined, "let-me-out"]) {
    const stranger = connectGateway(service.grpc, token);
    const error = await refusal(stranger.call("GetRegistration", { registration_id: "x" }));
    expect(error.code).toBe(status.UNAUTHENTICATED);
    const [watch] = (await once(stranger.watch("x"), "error")) as [ServiceError];
    expect(watch.code).toBe(status.UNAUTHENTICATED);
    stranger.close();
  }
});

test("pages follow each other, newest first, and a foreign token is refused", async () => {
  const ids: string[] = [];
  for (let i = 0; i < 5; i++) {
    ids.unshift(randomUUID());
    await gateway.call("CompleteRegistration", zoe(ids[0] as string));
  }
  const seen: string[] = [];
  let page_token = "";
  do {
    const page = (await gateway.call("ListRegistrations", { page_size: 2, page_token })) as unknown as {
      registrations: Answer[];
      next_page_token: string;
    };
    seen.push(...page.registrations.map((r) => r.registration_id));
    page_token = page.next_page_token;
  } while (page_token && seen.length < 5);
  expect(seen.slice(0, 5)).toEqual(ids);
  const error = await refusal(gateway.call("ListRegistrations", { page_token: "AAAA", page_size: 1 }));
  expect(violationsOf(error)).toEqual([["pageToken", "invalid"]]);
});

test("a list is searched, filtered and sorted, and says which of its fields is wrong", async () => {
  const list = async (request: object) => {
    const { registrations } = (await gateway.call("ListRegistrations", request)) as unknown as {
      registrations: Answer[];
    };
    return registrations.map((r) => r.registration_id);
  };
  const [ivy, ava] = [randomUUID(), randomUUID()];
  for (const [id, firstName] of [
    [ivy, "Ívy"],
    [ava, "Ava"],
  ] as const)
    await gateway.call("CompleteRegistration", {
      ...zoe(id),
      child: { first_name: firstName, last_name: "Sought-After" },
      team: "Otters",
      age_group: "u7",
    });
  expect(await list({ search: "soughtafter ivy" })).toEqual([ivy]);
  expect(await list({ team: "Otters", sort: "name" })).toEqual([ava, ivy]);
  expect(await list({ team: "Otters", age_group: "u7", only: ["unpaid"], sort: "oldest_unpaid" })).toEqual([ivy, ava]);
  expect(await list({ team: "Otters", only: ["unpaid", "suspended"] })).toEqual([]);
  expect(await list({ team: "Otters", season: "1819" })).toEqual([]);
  const error = await refusal(gateway.call("ListRegistrations", { sort: "age", only: ["unpaid", "late"] }));
  expect(violationsOf(error)).toEqual([
    ["sort", "invalid"],
    ["only[1]", "invalid"],
  ]);
  // The year 10000, which as text sorts before every other.
  const tooLate = await refusal(gateway.call("ListRegistrations", { created_since: { seconds: "253402300800" } }));
  expect(violationsOf(tooLate)).toEqual([["createdSince", "out_of_range"]]);
});
