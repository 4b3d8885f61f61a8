import type { PaymentEvent } from "@touchline/contracts";
import { expect, test } from "vitest";
import { evolve } from "../../test/fold.ts";
import { LINK, tokenCreated } from "../../test/token.ts";
import type { LinkState } from "./state.ts";
import { stopTexts } from "./stop-texts.ts";

const at = (second: number) => new Date(Date.parse("2026-11-22T12:00:00.000Z") + second * 1_000);
const stopped = (second: number): PaymentEvent => ({
  type: "TextsStopped",
  data: { billingRequestId: LINK, registrationId: "r-1", stoppedAt: at(second).toISOString() },
});
const given = (...events: PaymentEvent[]): LinkState => events.reduce(evolve, { status: "none" });

test("a parent's wish is recorded, and pressing the button twice counts once", () => {
  const link = given(tokenCreated());
  expect(stopTexts(at(0))(link)).toEqual([stopped(0)]);
  const once = given(tokenCreated(), stopped(0));
  expect(stopTexts(at(59))(once)).toEqual([]);
  expect(stopTexts(at(-59))(once)).toEqual([]);
  expect(stopTexts(at(60))(once)).toEqual([stopped(60)]);
});

test("a cancelled link accepts the wish; an erased or unknown one does not", () => {
  const closed: PaymentEvent = {
    type: "PaymentLinkClosed",
    data: { billingRequestId: LINK, closedAt: at(0).toISOString() },
  };
  const erased: PaymentEvent = {
    type: "PaymentLinkErased",
    data: { billingRequestId: LINK, erasedAt: at(0).toISOString() },
  };
  expect(stopTexts(at(1))(given(tokenCreated(), closed))).toHaveLength(1);
  expect(stopTexts(at(1))(given(tokenCreated(), closed, erased))).toEqual([]);
  expect(stopTexts(at(1))(given())).toEqual([]);
});

test("wishes and a link's other events give the same result in any order", () => {
  const opened: PaymentEvent = {
    type: "PaymentLinkOpened",
    data: { billingRequestId: LINK, openedAt: at(0).toISOString() },
  };
  const [first, second] = [stopped(0), stopped(90)];
  const orders = [
    [opened, first, second],
    [second, opened, first],
    [first, second, opened, first],
  ];
  for (const order of orders) {
    const link = given(tokenCreated(), ...order);
    expect(link).toMatchObject({ opened: true, textsStoppedAt: at(90).toISOString() });
  }
});
