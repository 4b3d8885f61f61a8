import { expect, test } from "vitest";
import { readKeyword } from "./words.ts";

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
  expect(readKeyword(body)).toBe("stop");
});

test.each(["HELP", "info?"])("%j asks Twilio for help", (body) => {
  expect(readKeyword(body)).toBe("help");
});

test.each(["START", "start", "Unstop", "yes"])("%j opts in", (body) => {
  expect(readKeyword(body)).toBe("start");
});

test.each(["", "please stop calling, he is better", "cancel my registration", "the end of season?", "👍"])(
  "%j is neither",
  (body) => {
    expect(readKeyword(body)).toBeUndefined();
  },
);

test("Twilio's own verdict counts", () => {
  expect(readKeyword("arrêt", "STOP")).toBe("stop");
  expect(readKeyword("oui", "START")).toBe("start");
  expect(readKeyword("aide", "HELP")).toBe("help");
});
