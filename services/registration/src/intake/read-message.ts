import { fromBinary, type JsonValue } from "@bufbuild/protobuf";
import { type CompleteRegistrationRequest, CompleteRegistrationRequestSchema } from "@touchline/contracts";
import type { FieldFault } from "../registration/faults.ts";
import { readJson } from "./read-json.ts";

export type MessageReading =
  | { readonly ok: true; readonly request: CompleteRegistrationRequest; readonly faults: readonly FieldFault[] }
  /** Not the format it says it is; the id as far as it could be made out. */
  | { readonly ok: false; readonly registrationId: string };

const BINARY = new Set([
  "application/protobuf",
  "application/x-protobuf",
  "application/vnd.google.protobuf",
  "application/octet-stream",
]);

/** Reads a NATS message: binary protobuf when its content type says so, else proto3 JSON. */
export const readMessage = (payload: Uint8Array, contentType: string | undefined): MessageReading => {
  const type = contentType?.split(";", 1)[0]?.trim().toLowerCase();
  return type && BINARY.has(type) ? readBinary(payload) : readText(payload);
};

const readBinary = (payload: Uint8Array): MessageReading => {
  try {
    return { ok: true, request: fromBinary(CompleteRegistrationRequestSchema, payload), faults: [] };
  } catch {
    return { ok: false, registrationId: "" };
  }
};

const readText = (payload: Uint8Array): MessageReading => {
  let json: JsonValue;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload)) as JsonValue;
  } catch {
    return { ok: false, registrationId: idIn(payload) };
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) return { ok: false, registrationId: "" };
  const { message, faults } = readJson(CompleteRegistrationRequestSchema, json);
  return { ok: true, request: message, faults };
};

/** The id in broken JSON, so that the gateway knows which registration it has to send again. */
const idIn = (payload: Uint8Array): string => {
  const start = new TextDecoder().decode(payload.subarray(0, 4_096));
  return /"(?:registrationId|registration_id)"\s*:\s*"([A-Za-z0-9._~-]{1,64})"/.exec(start)?.[1] ?? "";
};
