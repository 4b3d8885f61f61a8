import { create, toJson } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import {
  CompleteRegistrationResponseSchema,
  chatSubjects,
  contentTypes,
  isRegistrationId,
  RegistrationRefusedSchema,
  streams,
} from "@touchline/contracts";
import { type Delivery, type Messaging, type Settlement, TRACEPARENT } from "@touchline/messaging";
import { logFields, readTraceparent } from "@touchline/service/traceparent";
import type { FieldViolation } from "../registration/violations.ts";
import { oneAtATime } from "./one-at-a-time.ts";
import { type MessageReading, readMessage } from "./read-message.ts";
import type { IntakeOutcome, TakeIn } from "./take-in.ts";

export type Via = "grpc" | "nats";
export type IntakeResult = "accepted" | "duplicate" | "conflict" | "erased" | "invalid" | "undecodable";

interface Refusal {
  readonly registrationId: string;
  readonly code: "invalid" | "conflict" | "erased" | "undecodable";
  readonly message: string;
  readonly violations: readonly FieldViolation[];
}

export interface MessageIntake {
  readonly takeIn: TakeIn;
  readonly messaging: Pick<Messaging, "publishJson">;
  /** Deletes a message of CHAT and overwrites its bytes. */
  readonly forget: (sequence: number) => Promise<unknown>;
  readonly now: () => Date;
  readonly onResult: (result: IntakeResult) => void;
}

/**
 * Handles one message of `chat.registration.completed.v1`. The outcome is published before the message is acknowledged, so that
 * nothing is refused silently; after a `Fault` the message is redelivered.
 */
export const createMessageIntake = ({ takeIn, messaging, forget, now, onResult }: MessageIntake) => {
  // If there are two messages about one registration, the first one counts.
  const inTurn = oneAtATime();

  const refuse = async (refusal: Refusal, { sequence }: Delivery): Promise<void> => {
    const message = create(RegistrationRefusedSchema, {
      registrationId: refusal.registrationId,
      code: refusal.code,
      message: refusal.message,
      fieldErrors: refusal.violations.map(({ field, code, message }) => ({ field, code, message })),
      refusedAt: timestampFromDate(now()),
      sequence: BigInt(sequence),
    });
    await messaging.publishJson(chatSubjects.registrationRefused, toJson(RegistrationRefusedSchema, message), {
      msgId: `refused/${streams.chat}/${sequence}`,
      headers: { "Content-Type": contentTypes.json },
    });
    onResult(refusal.code);
  };

  const accept = async (outcome: IntakeOutcome & { kind: "accepted" }, { sequence }: Delivery): Promise<void> => {
    const { registrationId, duplicate, held, acceptedAt } = outcome;
    const message = create(CompleteRegistrationResponseSchema, {
      registrationId,
      duplicate,
      held,
      acceptedAt: timestampFromDate(acceptedAt),
    });
    await messaging.publishJson(
      chatSubjects.registrationAccepted,
      toJson(CompleteRegistrationResponseSchema, message),
      {
        msgId: `accepted/${streams.chat}/${sequence}`,
        headers: { "Content-Type": contentTypes.json },
      },
    );
    onResult(duplicate ? "duplicate" : "accepted");
  };

  const handle = async (reading: MessageReading, delivery: Delivery): Promise<Settlement> => {
    if (!reading.ok) await refuse({ ...reading, code: "undecodable", violations: [] }, delivery);
    else {
      const outcome = await outcomeOf(reading, takeIn, delivery);
      if (outcome.kind === "accepted") await accept(outcome, delivery);
      else await refuse(refusalOf(outcome, reading), delivery);
      // It contains the erased data again.
      if (outcome.kind === "erased") await forget(delivery.sequence);
    }
    return "done";
  };

  return (delivery: Delivery): Promise<Settlement> => {
    const reading = readMessage(delivery.data, delivery.header("Content-Type"));
    const id = reading.ok ? reading.request.registrationId : "";
    return id ? inTurn(id, () => handle(reading, delivery)) : handle(reading, delivery);
  };
};

const outcomeOf = (
  reading: MessageReading & { ok: true },
  takeIn: TakeIn,
  delivery: Delivery,
): Promise<IntakeOutcome> => {
  const id = `${streams.chat}/${delivery.sequence}`;
  // What a gateway sends is stored in metadata, where nothing personal may be.
  const traceparent = readTraceparent(delivery.header(TRACEPARENT));
  return takeIn(reading.request, { id, traceparent, unreadable: reading.violations });
};

/** Which registration and trace a log line about a message belongs to. */
export const aboutMessage = ({ data, header }: Delivery): ReturnType<typeof logFields> => {
  const reading = readMessage(data, header("Content-Type"));
  const id = reading.ok ? reading.request.registrationId : reading.registrationId;
  return logFields(isRegistrationId(id) ? id : undefined, header(TRACEPARENT));
};

const refusalOf = (
  outcome: Exclude<IntakeOutcome, { kind: "accepted" }>,
  reading: MessageReading & { ok: true },
): Refusal => {
  const id = reading.request.registrationId;
  return {
    registrationId: isRegistrationId(id) ? id : "",
    code: outcome.kind,
    message: describe(outcome, id),
    violations: outcome.violations,
  };
};

/** The refusal in one sentence, for people. An id that is none of ours may be anything, so it is not repeated. */
export const describe = (outcome: Exclude<IntakeOutcome, { kind: "accepted" }>, id: string): string => {
  const paths = outcome.violations.map((f) => f.field).join(", ");
  const name = isRegistrationId(id) ? `Registration ${id}` : "The registration";
  if (outcome.kind === "erased") return `${name} was erased.`;
  return outcome.kind === "invalid"
    ? `${name} was not accepted: ${paths}.`
    : `${name} was accepted before with other content: ${paths}.`;
};
