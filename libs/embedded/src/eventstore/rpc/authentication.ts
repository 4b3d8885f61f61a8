import { timingSafeEqual } from "node:crypto";
import type { Metadata } from "@grpc/grpc-js";
import { unauthenticated } from "./failure.ts";

export interface Credentials {
  username: string;
  password: string;
}

/** Login is optional, but credentials that are sent must be right. */
export function checkCredentials(metadata: Metadata, valid: Credentials): void {
  for (const header of metadata.get("authorization")) {
    const [, encoded] = /^basic\s+(\S+)$/i.exec(String(header)) ?? [];
    const expected = Buffer.from(`${valid.username}:${valid.password}`);
    if (encoded === undefined || !same(Buffer.from(encoded, "base64"), expected)) throw unauthenticated();
  }
}

const same = (left: Buffer, right: Buffer): boolean => left.length === right.length && timingSafeEqual(left, right);
