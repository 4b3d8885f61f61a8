import { randomUUID } from "node:crypto";
import { type Infrastructure, startInfrastructure } from "@touchline/testing/stack";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBoard } from "./board-client.ts";
import { connectGateway, zoe } from "./gateway.ts";
import { type RunningService, startService } from "./harness.ts";

let infrastructure: Infrastructure;
let service: RunningService;
let gateway: ReturnType<typeof connectGateway>;

beforeAll(async () => {
  infrastructure = await startInfrastructure("registration");
  service = await startService(infrastructure, {
    GOCARDLESS_ENVIRONMENT: "live",
    SIGNING_FEE_PENCE: "4500",
    MONTHLY_FEE_PENCE: "2750",
  });
  gateway = connectGateway(service.grpc);
});

afterAll(async () => {
  gateway?.close();
  await service?.stop();
  await infrastructure?.stop();
});

const register = async (more: object = {}) => {
  const id = randomUUID();
  const answer = await gateway.call("CompleteRegistration", { ...zoe(id), ...more });
  return { id, held: answer.held };
};

test("with real money the same child again is held until it is released and the gateway never sees for whom", async () => {
  const { id: first, held } = await register();
  expect(held).toBe(false);
  const again = await register();
  expect(again.held).toBe(true);
  expect(await register({ child: { first_name: "Mia", last_name: "O'Neill" } })).toMatchObject({ held: false });
  const row = await gateway.call("GetRegistration", { registration_id: again.id });
  expect(row).toMatchObject({ held: true });
  expect(JSON.stringify(row)).not.toContain(first);
  await expect(gateway.call("ResendPaymentLink", { registration_id: again.id })).rejects.toThrow("registered already");

  // The other registration is named, also if its number was corrected since.
  await gateway.call("CorrectParentPhone", { registration_id: first, parent_phone: "07700 900999" });
  const board = openBoard(service.http);
  const page = `/admin/registrations/${again.id}`;
  expect(await (await board.get(page)).text()).toContain(`<a href="/admin/registrations/${first}">`);
  const unsure = await board.send(page, `${page}/release`);
  expect([unsure.status, await unsure.text()]).toEqual([422, expect.stringContaining("tick the box")]);
  expect((await board.send(page, `${page}/release`, { sure: "yes" })).headers.get("location")).toBe(
    `${page}?done=release`,
  );
  expect(await (await board.get(`${page}?done=release`)).text()).not.toContain("Held: this child");
  expect(await gateway.call("GetRegistration", { registration_id: again.id })).toMatchObject({ held: false });
  const released = await gateway.call("ReleaseRegistration", { registration_id: again.id });
  expect(released).toMatchObject({ changed: false });
});

test("of two at once, over one instance, one is held", async () => {
  const child = { first_name: "Ada", last_name: "O'Neill" };
  const both = await Promise.all([register({ child }), register({ child })]);
  expect(both.filter(({ held }) => held)).toHaveLength(1);
});

test("an operator corrects a team and a name on the board, which says what that means and what is wrong", async () => {
  const { id } = await register({ child: { first_name: "Zoi", last_name: "Neill" } });
  const board = openBoard(service.http);
  const page = `/admin/registrations/${id}`;
  const form = {
    team: "Lions",
    age_group: "u11",
    child_first: "Zoë",
    child_last: "Neill",
    parent_first: "Sam",
    parent_last: "O'Neill",
  };
  expect(await (await board.get(page)).text()).toContain("later texts have the new one");
  const refused = await board.send(page, `${page}/amend`, { ...form, age_group: "u99" });
  expect(refused.status).toBe(422);
  expect(await refused.text()).toContain('id="amend-age_group-violation"');
  expect((await board.send(page, `${page}/amend`, form)).headers.get("location")).toBe(`${page}?done=amend`);
  const amended = { child_name: "Zoë Neill", team: "Lions", age_group: "u11", parent_name: "Sam O'Neill" };
  expect(await gateway.call("GetRegistration", { registration_id: id })).toMatchObject(amended);

  // Sent from a page that was opened before: only what was typed there is changed.
  const was = { was_team: "Tigers", was_age_group: "u10", was_child_first: "Zoi", was_child_last: "Neill" };
  const stale = { team: "Tigers", age_group: "u12", child_first: "Zoi", child_last: "Neill" };
  const parent = { parent_first: "Sam", parent_last: "O'Neill", was_parent_first: "Sam", was_parent_last: "O'Neill" };
  expect((await board.send(page, `${page}/amend`, { ...stale, ...was, ...parent })).status).toBe(303);
  expect(await gateway.call("GetRegistration", { registration_id: id })).toMatchObject({
    ...amended,
    age_group: "u12",
  });
  const last = { ...stale, ...was, ...parent, child_last: "O'Neill", age_group: "u10" };
  expect((await board.send(page, `${page}/amend`, last)).status).toBe(303);
  expect(await gateway.call("GetRegistration", { registration_id: id })).toMatchObject({ child_name: "Zoë O'Neill" });
  expect(await (await board.get(page)).text()).toContain('name="was_child_first" value="Zoë"');
});

test("another monthly fee or payment day is first explained on the board, and then agreed", async () => {
  const { id } = await register({ child: { first_name: "Kit", last_name: "Neill" } });
  const board = openBoard(service.http);
  const page = `/admin/registrations/${id}`;
  const shown = async (query: string) => (await board.get(`${page}?${query}`)).text();
  const explained = await shown("pounds=20.00&day=15");
  expect(explained).toContain("From the next collection on: £20 a month on the 15th");
  expect(explained).toContain("Change it for the next collections");
  expect(await shown("pounds=twenty&day=15")).toContain('id="terms-violation"');
  expect(await shown("pounds=twenty&day=15")).not.toContain("Change it for the next collections");
  expect(await gateway.call("GetRegistration", { registration_id: id })).toMatchObject({ preferred_payment_day: 1 });

  const refused = await board.send(page, `${page}/terms`, { pounds: "0.27", day: "15" });
  expect(refused.status).toBe(422);
  expect(await refused.text()).toContain("Was this one in pounds?");
  const agreed = await board.send(page, `${page}/terms`, { pounds: "20.00", day: "15" });
  expect(agreed.headers.get("location")).toBe(`${page}?done=terms`);
  const row = { monthly_fee_pence: 2_000, preferred_payment_day: 15 };
  expect(await gateway.call("GetRegistration", { registration_id: id })).toMatchObject(row);
  const same = await board.send(page, `${page}/terms`, { pounds: "20", day: "15" });
  expect(same.headers.get("location")).toBe(`${page}?done=same_content`);
});
