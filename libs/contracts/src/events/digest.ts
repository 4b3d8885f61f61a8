import { Type } from "typebox";
import { type EventOf, eventsOf, Instant } from "./define.ts";

const define = eventsOf("digest", "registration");

const audience = () => Type.String({ description: "`secretary`, or `team/` and the team's name" });
const attempt = () => Type.Integer({ minimum: 1, description: "1 for the first attempt" });

/** One stream for each day in London, `digest-2026-03-02`. The e-mail is written when it is sent, and not stored. */
export const digestEvents = [
  define("DigestAttemptStarted", "One instance is about to send the day's e-mail to somebody at the club.", {
    audience: audience(),
    attempt: attempt(),
    startedAt: Instant(),
  }),
  define("DigestAttemptEnded", "The outcome of the attempt. Only `later` is tried again.", {
    audience: audience(),
    attempt: attempt(),
    outcome: Type.Union([
      Type.Literal("sent"),
      Type.Literal("refused"),
      Type.Literal("later"),
      Type.Literal("unknown"),
    ]),
    code: Type.Optional(Type.String({ description: "SMTP's reply code, or our own code for what happened" })),
    endedAt: Instant(),
  }),
] as const;

export type DigestEvent = EventOf<(typeof digestEvents)[number]>;
