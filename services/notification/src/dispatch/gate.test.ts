import { expect, test } from "vitest";
import type { SendOutcome } from "../sms/decide.ts";
import { failureOf } from "../twilio/codes.ts";
import { createGate } from "./gate.ts";

const accepted: SendOutcome = { kind: "accepted", providerMessageId: "SM1" };
const unknown: SendOutcome = { kind: "unknown", reason: "a time-out" };
const refused = (code: number, retryAfterMs?: number): SendOutcome => ({
  kind: "refused",
  failure: { ...failureOf(String(code)), ...(retryAfterMs && { retryAfterMs }) },
});
const notConnected: SendOutcome = {
  kind: "refused",
  failure: failureOf("ECONNREFUSED"),
};

const DAY_MS = 86_400_000;

const setUp = () => {
  const clock = { ms: 0 };
  const gate = createGate({ monotonicMs: () => clock.ms });
  const attempt = (outcome: SendOutcome) => {
    const pass = gate.pass();
    pass?.done(outcome);
    return pass !== undefined;
  };
  return { clock, gate, attempt };
};

test("one refusal of our configuration stops all texts; one is tried when the wait is over, and opens the gate if it is taken", () => {
  const { clock, gate, attempt } = setUp();
  expect(attempt(refused(20_003))).toBe(true);
  expect(gate.held()?.reason).toBe("configuration");
  expect(gate.pass()).toBeUndefined();

  clock.ms += gate.held()?.forMs ?? 0;
  const probe = gate.pass();
  expect(probe).toBeDefined();
  expect(gate.pass()).toBeUndefined();
  probe?.done(refused(20_003));
  expect(gate.pass()).toBeUndefined();

  clock.ms += gate.held()?.forMs ?? 0;
  expect(attempt(accepted)).toBe(true);
  expect(gate.held()).toBeUndefined();
});

test.each([refused(20_003), refused(63_038, DAY_MS), refused(99_999)])(
  "after a start one text goes first, because an earlier hold is not remembered",
  (outcome) => {
    const { gate, attempt } = setUp();
    const first = gate.pass();
    expect(first).toBeDefined();
    expect([gate.isShut(), gate.pass(), gate.held()]).toEqual([true, undefined, undefined]);
    // Another instance had claimed it.
    first?.done();
    const second = gate.pass();
    expect(gate.pass()).toBeUndefined();
    second?.done(outcome);
    expect(attempt(accepted)).toBe(false);
    expect(gate.held()).toBeDefined();
  },
);

test.each([accepted, refused(21_614)])("once the first text was answered, all may go", (outcome) => {
  const { gate } = setUp();
  gate.pass()?.done(outcome);
  expect([gate.pass(), gate.pass(), gate.pass()]).not.toContain(undefined);
});

test("the wait before the next try grows, but stays under a minute for a configuration fault", () => {
  const { clock, gate, attempt } = setUp();
  const waits: number[] = [];
  for (let i = 0; i < 6; i++) {
    attempt(refused(21_606));
    const { forMs = 0 } = gate.held() ?? {};
    waits.push(forMs);
    clock.ms += forMs;
  }
  expect(waits).toEqual([...waits].sort((a, b) => a - b));
  expect(waits.at(-1)).toBe(50_000);
});

test.each([
  [20_429, 7_000],
  [63_038, DAY_MS],
])("%i holds texts back for as long as Twilio says: %i ms", (code, retryAfterMs) => {
  const { clock, gate, attempt } = setUp();
  for (let i = 0; i < 8; i++) {
    attempt(refused(code));
    clock.ms += gate.held()?.forMs ?? 0;
  }
  attempt(refused(code, retryAfterMs));
  expect(gate.held()).toEqual({ reason: "rate", forMs: retryAfterMs });
});

test("a later answer to an attempt in flight may extend the wait", () => {
  const { gate, attempt } = setUp();
  attempt(accepted);
  const [first, second] = [gate.pass(), gate.pass()];
  first?.done(refused(63_038));
  second?.done(refused(63_038, DAY_MS));
  expect(gate.held()?.forMs).toBe(DAY_MS);
});

test.each([21_701, 63_038, 99_999, 12_345])(
  "one refusal with %i, which is not about a number, holds all texts",
  (code) => {
    const { clock, gate, attempt } = setUp();
    let tries = 0;
    for (; clock.ms < 3_600_000; clock.ms += 500) if (attempt(refused(code))) tries++;
    expect(tries).toBeGreaterThanOrEqual(60);
    expect(tries).toBeLessThanOrEqual(80);
    expect(gate.held()?.forMs).toBeLessThanOrEqual(60_000);
  },
);

test("while our account is refused, a refused number proves nothing about other texts; the next is tried at once", () => {
  const { clock, gate, attempt } = setUp();
  attempt(refused(20_003));
  clock.ms += gate.held()?.forMs ?? 0;
  expect(attempt(refused(21_614))).toBe(true);
  expect(gate.held()?.reason).toBe("configuration");
  expect(attempt(accepted)).toBe(true);
  expect(gate.held()).toBeUndefined();
});

test("it knows when the provider last took a text", () => {
  const { clock, gate, attempt } = setUp();
  expect(gate.takenAgoMs()).toBe(Number.POSITIVE_INFINITY);
  attempt(accepted);
  clock.ms += 1_000;
  gate.arrived(1_000);
  clock.ms += 500;
  expect([gate.takenAgoMs(), gate.arrivedAgoMs()]).toEqual([1_500, 500]);
});

test.each([
  ["time-outs", unknown, "failing"],
  ["refused connections", notConnected, "unreachable"],
  ["Twilio outages", refused(20_503), "failing"],
] as const)("%s in a row break the circuit, before more texts become unknown", (_, outcome, reason) => {
  const { gate, attempt } = setUp();
  for (let i = 0; i < 4; i++) expect(attempt(outcome)).toBe(true);
  attempt(accepted);
  for (let i = 0; i < 5; i++) expect(attempt(outcome)).toBe(true);
  expect(attempt(outcome)).toBe(false);
  expect(gate.held()?.reason).toBe(reason);
});

test("a refused number says nothing about the others", () => {
  const { attempt } = setUp();
  for (let i = 0; i < 20; i++) expect(attempt(refused(21_614))).toBe(true);
});

test("a probe with nothing to send leaves room for the next", () => {
  const { clock, gate, attempt } = setUp();
  attempt(refused(20_003));
  clock.ms += 60_000;
  gate.pass()?.done();
  expect(gate.pass()).toBeDefined();
});

test("when reports blame our configuration, only a text that arrives opens the gate, not one that Twilio takes", () => {
  const { clock, gate, attempt } = setUp();
  gate.blameConfiguration();
  let probes = 0;
  for (const end = clock.ms + 60_000; clock.ms < end; clock.ms += 100) {
    if (!attempt(accepted)) continue;
    probes++;
    expect(gate.held()?.reason).toBe("configuration");
    gate.blameConfiguration();
  }
  expect(probes).toBeLessThan(6);
  // This one was taken before the network began to refuse.
  gate.arrived(clock.ms + 1);
  expect(gate.held()?.reason).toBe("configuration");
  gate.arrived(0);
  expect(gate.held()).toBeUndefined();
});

test("without any report, blame ends after ten minutes", () => {
  const { clock, gate, attempt } = setUp();
  gate.blameConfiguration();
  for (; gate.held() && clock.ms < 3_600_000; clock.ms += 1_000) attempt(accepted);
  expect(clock.ms).toBeGreaterThan(600_000);
  expect(clock.ms).toBeLessThan(960_000);
});

test("it says how long it is shut and how many it lets through, and when a hold ends early", () => {
  const { clock, gate, attempt } = setUp();
  let opened = 0;
  gate.onOpen(() => opened++);
  const state = () => [gate.shutForMs(), gate.room()];
  // After a start, one has to be tried.
  expect(state()).toEqual([0, 1]);
  const first = gate.pass();
  expect(state()).toEqual([Number.POSITIVE_INFINITY, 0]);
  first?.done(accepted);
  expect(state()).toEqual([0, Number.POSITIVE_INFINITY]);

  attempt(refused(20_003));
  expect(state()).toEqual([5_000, 0]);
  clock.ms += 5_000;
  expect(state()).toEqual([0, 1]);
  gate.pass()?.done(refused(20_003));
  gate.blameConfiguration();
  expect(opened).toBe(0);
  gate.arrived(0);
  expect([opened, ...state()]).toEqual([1, 0, Number.POSITIVE_INFINITY]);
});
