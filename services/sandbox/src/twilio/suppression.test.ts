import { describe, expect, it } from "vitest";
import { optOutWord, twimlMessages } from "./suppression.ts";

describe("optOutWord", () => {
  it.each(["STOP", "stop", " Stop \n", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "REVOKE", "OPTOUT"])(
    "takes %j as stop",
    (body) => {
      expect(optOutWord(body)).toBe("stop");
    },
  );

  it.each(["Please stop", "STOP.", "stopping", ""])("treats %j as an ordinary reply", (body) => {
    expect(optOutWord(body)).toBeUndefined();
  });

  it.each(["START", "yes", "UNSTOP"])("treats %j as START", (body) => {
    expect(optOutWord(body)).toBe("start");
  });
});

describe("twimlMessages", () => {
  it("reads both spellings, and nothing from an empty answer", () => {
    const twiml = "<Response><Message>One &lt;3</Message><Message to='x'><Body>Two</Body></Message></Response>";
    expect(twimlMessages(twiml)).toEqual(["One <3", "Two"]);
    expect(twimlMessages("<Response></Response>")).toEqual([]);
  });
});
