import { Reader } from "../wire.ts";
import { decodeStreamIdentifier } from "./requests.ts";

/** undefined: the client set none of the three. */
export type From<T> = { kind: "start" } | { kind: "end" } | ({ kind: "at" } & T) | undefined;

export interface FilterOptions {
  on: "stream" | "type" | undefined;
  regex: string;
  prefixes: string[];
  /** undefined: neither `max` nor `count` was set. */
  window: { max: number | undefined } | undefined;
  checkpointMultiplier: number;
}

export interface ReadRequest {
  target:
    | { kind: "stream"; stream: string; from: From<{ revision: bigint }> }
    | { kind: "all"; from: From<{ commit: bigint; prepare: bigint }> }
    | undefined;
  backwards: boolean;
  resolveLinks: boolean;
  amount: { kind: "count"; count: bigint } | { kind: "subscription" } | undefined;
  filter: FilterOptions | "none" | undefined;
  uuid: "string" | "structured" | undefined;
  compatibility: number;
}

export function decodeRead(bytes: Buffer): { options: ReadRequest | undefined } {
  const reader = new Reader(bytes);
  let options: ReadRequest | undefined;
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    if (tag === 0x0a) options = decodeOptions(reader.bytes());
    else reader.skip(tag);
  }
  return { options };
}

function decodeOptions(bytes: Buffer): ReadRequest {
  const reader = new Reader(bytes);
  const request: ReadRequest = {
    target: undefined,
    backwards: false,
    resolveLinks: false,
    amount: undefined,
    filter: undefined,
    uuid: undefined,
    compatibility: 0,
  };
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) readOption(reader, tag, request);
  return request;
}

function readOption(reader: Reader, tag: number, request: ReadRequest): void {
  switch (tag) {
    case 0x0a:
      request.target = { kind: "stream", ...decodeStreamOptions(reader.bytes()) };
      return;
    case 0x12:
      request.target = { kind: "all", from: decodeAllOptions(reader.bytes()) };
      return;
    case 0x18:
      request.backwards = reader.uint64() === 1n;
      return;
    case 0x20:
      request.resolveLinks = reader.uint64() !== 0n;
      return;
    case 0x28:
      request.amount = { kind: "count", count: reader.uint64() };
      return;
    case 0x32:
      reader.bytes();
      request.amount = { kind: "subscription" };
      return;
    case 0x3a:
      request.filter = decodeFilter(reader.bytes());
      return;
    case 0x42:
      reader.bytes();
      request.filter = "none";
      return;
    case 0x4a:
      request.uuid = decodeUuidOption(reader.bytes());
      return;
    case 0x52:
      request.compatibility = decodeControlOption(reader.bytes());
      return;
    default:
      reader.skip(tag);
  }
}

function decodeStreamOptions(bytes: Buffer): { stream: string; from: From<{ revision: bigint }> } {
  const reader = new Reader(bytes);
  let stream = "";
  let from: From<{ revision: bigint }>;
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    if (tag === 0x0a) stream = decodeStreamIdentifier(reader.bytes());
    else if (tag === 0x10) from = { kind: "at", revision: reader.uint64() };
    else if (tag === 0x1a || tag === 0x22) {
      reader.bytes();
      from = { kind: tag === 0x1a ? "start" : "end" };
    } else reader.skip(tag);
  }
  return { stream, from };
}

function decodeAllOptions(bytes: Buffer): From<{ commit: bigint; prepare: bigint }> {
  const reader = new Reader(bytes);
  let from: From<{ commit: bigint; prepare: bigint }>;
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    if (tag === 0x0a) from = { kind: "at", ...decodePosition(reader.bytes()) };
    else if (tag === 0x12 || tag === 0x1a) {
      reader.bytes();
      from = { kind: tag === 0x12 ? "start" : "end" };
    } else reader.skip(tag);
  }
  return from;
}

function decodePosition(bytes: Buffer): { commit: bigint; prepare: bigint } {
  const reader = new Reader(bytes);
  const position = { commit: 0n, prepare: 0n };
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    if (tag === 0x08) position.commit = reader.uint64();
    else if (tag === 0x10) position.prepare = reader.uint64();
    else reader.skip(tag);
  }
  return position;
}

function decodeFilter(bytes: Buffer): FilterOptions {
  const reader = new Reader(bytes);
  const filter: FilterOptions = { on: undefined, regex: "", prefixes: [], window: undefined, checkpointMultiplier: 0 };
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    if (tag === 0x0a || tag === 0x12) {
      filter.on = tag === 0x0a ? "stream" : "type";
      Object.assign(filter, decodeExpression(reader.bytes()));
    } else if (tag === 0x18) filter.window = { max: reader.uint32() };
    else if (tag === 0x22) {
      reader.bytes();
      filter.window = { max: undefined };
    } else if (tag === 0x28) filter.checkpointMultiplier = reader.uint32();
    else reader.skip(tag);
  }
  return filter;
}

function decodeExpression(bytes: Buffer): { regex: string; prefixes: string[] } {
  const reader = new Reader(bytes);
  const expression = { regex: "", prefixes: [] as string[] };
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    if (tag === 0x0a) expression.regex = reader.string();
    else if (tag === 0x12) expression.prefixes.push(reader.string());
    else reader.skip(tag);
  }
  return expression;
}

/** EventStoreDB sends structured ids unless strings are asked for. */
function decodeUuidOption(bytes: Buffer): "string" | "structured" {
  const reader = new Reader(bytes);
  let option: "string" | "structured" = "structured";
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    if (tag === 0x0a || tag === 0x12) {
      reader.bytes();
      option = tag === 0x0a ? "structured" : "string";
    } else reader.skip(tag);
  }
  return option;
}

function decodeControlOption(bytes: Buffer): number {
  const reader = new Reader(bytes);
  let compatibility = 0;
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    if (tag === 0x08) compatibility = reader.uint32();
    else reader.skip(tag);
  }
  return compatibility;
}
