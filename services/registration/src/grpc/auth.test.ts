import { Metadata, status } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import type { Person } from "../people/people.ts";
import { createAuthenticate } from "./auth.ts";

const sam: Person = { id: "op-1", role: "operator", name: "Sam Khan", tokenId: "t1" };

const metadata = (token?: string, actor?: string) => {
  const sent = new Metadata();
  if (token) sent.set("authorization", `Bearer ${token}`);
  if (actor) sent.set("touchline-actor", actor);
  return sent;
};

/** Which actor a call has, as `id role`, or the status that it ends in. */
const asked = (settings: { gatewayToken?: string; needTokens: boolean }, sent: Metadata): string => {
  const people = {
    needTokens: () => settings.needTokens,
    byToken: (token: string) => (settings.needTokens && token === "sams" ? sam : undefined),
  };
  try {
    const { id, role } = createAuthenticate({ gatewayToken: settings.gatewayToken, people })(sent);
    return `${id} ${role}`;
  } catch (error) {
    return status[(error as { code: number }).code] ?? String(error);
  }
};

const open = { needTokens: false };
const gatewayOnly = { gatewayToken: "let-me-in", needTokens: false };
const operatorsOnly = { needTokens: true };
const both = { gatewayToken: "let-me-in", needTokens: true };

test.each([
  // Where nobody has a token the caller's word is all there is.
  ["gateway admin", open, metadata()],
  ["gateway admin", open, metadata("whatever")],
  ["local-cli admin", open, metadata(undefined, "local-cli")],
  ["gateway admin", open, metadata(undefined, "op-1")],
  ["gateway gateway", gatewayOnly, metadata("let-me-in")],
  ["gateway gateway", gatewayOnly, metadata("let-me-in", "local-cli")],
  ["UNAUTHENTICATED", gatewayOnly, metadata()],
  ["UNAUTHENTICATED", gatewayOnly, metadata(undefined, "local-cli")],
  ["gateway gateway", operatorsOnly, metadata()],
  ["gateway gateway", operatorsOnly, metadata(undefined, "local-cli")],
  ["op-1 operator", operatorsOnly, metadata("sams")],
  ["UNAUTHENTICATED", operatorsOnly, metadata("withdrawn")],
  ["op-1 operator", both, metadata("sams")],
  ["gateway gateway", both, metadata("let-me-in")],
  ["UNAUTHENTICATED", both, metadata("let-me-out")],
])("%s", (expected, settings, sent) => {
  expect(asked(settings, sent)).toBe(expected);
});
