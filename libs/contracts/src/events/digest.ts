import { Type } from "typebox";
import { type EventOf, eventsOf, Instant } from "./define.ts";

const define = eventsOf("digest", "registration");

const audience = () => Type.String({ description: "`secretary`, or `team/` and the team's name" });
const attempt = () => Type.Integer({ minimum: 1, description: "1 for the first attempt" });

/** One stream a day, `digest-2026-03-02`, in London. What an e-mail says is made when it is sent, and kept nowhere. */
export const digestEvents = [
  define("DigestAttemptStarted", "One instance sends the day's e-mail to somebody of the club.", {
    audience: audience(),
    attempt: attempt(),
    startedAt: Instant(),
  }),
  define("DigestAttemptEnded", "What came of it. Only `later` is tried again.", {
    audience: audience(),
    attempt: attempt(),
    outcome: Type.Union([
      Type.Literal("sent"),
      Type.Literal("refused"),
      Type.Literal("later"),
      Type.Literal("unknown"),
    ]),
    code: Type.Optional(Type.String({ description: "SMTP's reply code, or our own word for what happened" })),
    endedAt: Instant(),
  }),
] as const;

export type DigestEvent = EventOf<(typeof digestEvents)[number]>;
