import { create, toBinary } from "@bufbuild/protobuf";
import { CompleteRegistrationRequestSchema } from "@touchline/contracts";
import { expect, test } from "vitest";
import { readMessage } from "./read-message.ts";

const zoe = { registrationId: "r-1", child: { firstName: "Zoë", lastName: "O'Neill" }, team: "Tigers" };
const binary = toBinary(CompleteRegistrationRequestSchema, create(CompleteRegistrationRequestSchema, zoe));
const json = new TextEncoder().encode(JSON.stringify(zoe));

test.each([
  "application/x-protobuf",
  "application/protobuf; messageType=touchline.registration.v1.CompleteRegistrationRequest",
  "Application/Protobuf",
  "application/vnd.google.protobuf",
  "application/x-google-protobuf",
  "application/grpc+proto",
  "application/octet-stream",
])("%s is binary protobuf", (type) => {
  expect(readMessage(binary, type)).toMatchObject({ ok: true, request: { registrationId: "r-1", team: "Tigers" } });
});

test.each([undefined, "", "application/json; charset=utf-8", "text/plain", "application/prototype+json"])(
  "%j is JSON",
  (type) => {
    expect(readMessage(json, type)).toMatchObject({ ok: true, request: { registrationId: "r-1", team: "Tigers" } });
  },
);

test("JSON may start with a byte order mark", () => {
  expect(readMessage(Buffer.concat([Buffer.from("\ufeff"), json]), undefined)).toMatchObject({ ok: true });
});

test("an unreadable message is refused with the reason, and with its id if that can be found", () => {
  const cutOff = { ok: false, registrationId: "r-1" };
  expect(readMessage(json.subarray(0, 40), undefined)).toMatchObject({
    ...cutOff,
    message: expect.stringContaining("JSON"),
  });
  expect(readMessage(binary.subarray(0, 20), "application/protobuf")).toMatchObject({
    ...cutOff,
    message: expect.stringContaining("cut off"),
  });
  // A missing header is named in the refusal.
  expect(readMessage(binary, undefined)).toMatchObject({
    ok: false,
    registrationId: "",
    message: expect.stringContaining("application/x-protobuf"),
  });
  expect(readMessage(json, "application/x-protobuf")).toMatchObject({ ok: false, registrationId: "" });
  expect(readMessage(Buffer.from("[]"), undefined)).toMatchObject({ ok: false, registrationId: "" });
});
