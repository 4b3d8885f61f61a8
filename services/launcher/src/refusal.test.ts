import { create, toBinary } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { BadRequestSchema, RpcStatusSchema } from "@touchline/contracts";
import { expect, test } from "vitest";
import { explainRefusal } from "./refusal.ts";

const errorOf = (code: status, details = "", metadata = new Metadata()): ServiceError =>
  Object.assign(new Error(details), { code, details, metadata });

test("a refusal names each field with its code and its words", () => {
  const bad = create(BadRequestSchema, {
    fieldViolations: [
      { field: "parentPhone", reason: "not_a_mobile", description: "That is no mobile." },
      { field: "season", reason: "invalid", description: "Four digits." },
    ],
  });
  const metadata = new Metadata();
  const bytes = toBinary(RpcStatusSchema, create(RpcStatusSchema, { details: [anyPack(BadRequestSchema, bad)] }));
  metadata.set("grpc-status-details-bin", Buffer.from(bytes));
  expect(explainRefusal(errorOf(status.INVALID_ARGUMENT, "No.", metadata), "127.0.0.1:1").message.split("\n")).toEqual([
    "Touchline refused the registration, INVALID_ARGUMENT:",
    "  parentPhone: not_a_mobile. That is no mobile.",
    "  season: invalid. Four digits.",
  ]);
});

test("a service that cannot be reached and a file that cannot be opened say what to do", () => {
  expect(explainRefusal(errorOf(status.UNAVAILABLE, "refused"), "127.0.0.1:1").message).toMatch(
    /127\.0\.0\.1:1.*npm start.*--target/,
  );
  expect(explainRefusal(errorOf(status.UNAUTHENTICATED), "x").message).toContain("GATEWAY_TOKEN");
  expect(explainRefusal(errorOf(status.INTERNAL, "internal"), "x").message).toBe(
    "Touchline answered INTERNAL: internal",
  );
});
