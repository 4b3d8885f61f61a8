import { expect, test } from "vitest";
import { readOptOut } from "./words.ts";

test.each([
  "STOP",
  "stop",
  " Stop. ",
  "“STOP”",
  "stop\n",
  "StopAll",
  "UNSUBSCRIBE",
  "end",
  "Quit!",
  "CANCEL",
  "revoke",
  "OptOut",
  "opt-out",
])("%j opts out", (body) => {
  expect(readOptOut(body)).toBe("stop");
});

test.each(["START", "start", "Unstop", "yes"])("%j opts in", (body) => {
  expect(readOptOut(body)).toBe("start");
});

test.each(["", "please stop calling, he is better", "cancel my registration", "the end of season?", "👍"])(
  "%j is neither",
  (body) => {
    expect(readOptOut(body)).toBeUndefined();
  },
);

test("Twilio's own verdict counts", () => {
  expect(readOptOut("arrêt", "STOP")).toBe("stop");
  expect(readOptOut("oui", "START")).toBe("start");
  expect(readOptOut("aide", "HELP")).toBeUndefined();
});
