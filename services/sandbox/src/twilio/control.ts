import { outcomeSchema, type Switchable, switchable } from "../stand-in/control.ts";
import type { Twilio } from "./twilio.ts";

const ends = ["delivered", "undelivered", "failed"];

const schema = outcomeSchema(
  {
    status: { enum: ["queued", "sent", ...ends] },
    errorCode: { type: "integer" },
    later: {
      type: "object",
      additionalProperties: false,
      required: ["status", "afterMs"],
      properties: {
        status: { enum: ends },
        errorCode: { type: "integer" },
        afterMs: { type: "integer", minimum: 0 },
      },
    },
  },
  ["status"],
);

export const twilioSwitches = (twilio: Twilio): Switchable => switchable("twilio", twilio.faults, schema);
