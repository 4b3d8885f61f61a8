import { timingSafeEqual } from "node:crypto";
import type { Metadata } from "@grpc/grpc-js";
import { unauthenticated } from "./failure.ts";

export interface Credentials {
  username: string;
  password: string;
}

/** Nobody has to log in, but who tries to must know the password. */
export function checkCredentials(metadata: Metadata, valid: Credentials): void {
  for (const header of metadata.get("authorization")) {
    const [, encoded] = /^basic\s+(\S+)$/i.exec(String(header)) ?? [];
    const expected = Buffer.from(`${valid.username}:${valid.password}`);
    if (encoded === undefined || !same(Buffer.from(encoded, "base64"), expected)) throw unauthenticated();
  }
}

const same = (left: Buffer, right: Buffer): boolean => left.length === right.length && timingSafeEqual(left, right);
