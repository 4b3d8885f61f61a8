import { fromBinary, type JsonValue } from "@bufbuild/protobuf";
import {
  type CompleteRegistrationRequest,
  CompleteRegistrationRequestSchema,
  isRegistrationId,
} from "@touchline/contracts";
import type { FieldViolation } from "../registration/violations.ts";
import { readJson } from "./read-json.ts";

export type MessageReading =
  | { readonly ok: true; readonly request: CompleteRegistrationRequest; readonly violations: readonly FieldViolation[] }
  /** Not in its declared format: the id, if it could be found, and the reason in words. */
  | { readonly ok: false; readonly registrationId: string; readonly message: string };

/** `application/protobuf` and its older names; `octet-stream` from publishers that know no better. */
const BINARY = /^application\/(?:octet-stream|(?:[a-z.+-]+[.+-])?proto(?:buf)?)$/;

/** Reads a NATS message: binary protobuf when its content type says so, else proto3 JSON. */
export const readMessage = (payload: Uint8Array, contentType: string | undefined): MessageReading => {
  const type = contentType?.split(";", 1)[0]?.trim().toLowerCase();
  return type && BINARY.test(type) ? readBinary(payload) : readText(payload);
};

const readBinary = (payload: Uint8Array): MessageReading => {
  try {
    return { ok: true, request: fromBinary(CompleteRegistrationRequestSchema, payload), violations: [] };
  } catch {
    const message = "The message is not the protobuf that its content type says: cut off, or of another type.";
    return { ok: false, registrationId: idInBinary(payload), message };
  }
};

/** Field 1, which every writer puts first. */
const idInBinary = (payload: Uint8Array): string => {
  const [tag, length = 0] = payload;
  const text = new TextDecoder().decode(payload.subarray(2, 2 + length));
  return tag === 0x0a && text.length === length && isRegistrationId(text) ? text : "";
};

const readText = (payload: Uint8Array): MessageReading => {
  let json: JsonValue;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload)) as JsonValue;
  } catch {
    return { ok: false, registrationId: idIn(payload), message: NO_JSON };
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    return { ok: false, registrationId: "", message: "The message is JSON, but not an object." };
  }
  const { message, violations } = readJson(CompleteRegistrationRequestSchema, json);
  return { ok: true, request: message, violations };
};

const NO_JSON =
  'The message is not JSON in UTF-8. Binary protobuf needs the header "Content-Type: application/x-protobuf".';

/** The id in broken JSON, so that the gateway knows which registration it has to send again. */
const idIn = (payload: Uint8Array): string => {
  const start = new TextDecoder().decode(payload.subarray(0, 4_096));
  return /"(?:registrationId|registration_id)"\s*:\s*"([A-Za-z0-9._~-]{1,64})"/.exec(start)?.[1] ?? "";
};
