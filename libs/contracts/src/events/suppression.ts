import { Type } from "typebox";
import { type EventOf, eventsOf, Instant, Phone } from "./define.ts";

const define = eventsOf("suppression", "notification");

/**
 * One stream for each number. Its name is a keyed hash, so that stream names and message headers reveal no number.
 * The key is in the only event of `suppression-key`.
 */
export const suppressionEvents = [
  define("PhoneOptedOut", "The owner of a number wants no more texts from us.", {
    phone: Phone(),
    via: Type.Union([
      Type.Literal("inbound", { description: "the parent texted STOP" }),
      Type.Literal("provider", { description: "Twilio refused a text because of it" }),
      Type.Literal("link", { description: "the parent asked for it on the payment link's page" }),
      Type.Literal("club", { description: "the parent asked the club, or the chat" }),
    ]),
    code: Type.Optional(Type.String({ description: "Twilio's error code" })),
    optedOutAt: Instant(),
  }),
  define("PhoneOptedIn", "The owner of a number wants texts again.", { phone: Phone(), optedInAt: Instant() }),
  define("SuppressionKeyCreated", "The key with which this club's numbers are hashed.", {
    key: Type.String({ description: "32 random bytes in base64" }),
    createdAt: Instant(),
  }),
] as const;

export type SuppressionEvent = EventOf<(typeof suppressionEvents)[number]>;
