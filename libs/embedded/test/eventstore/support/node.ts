import { randomUUID } from "node:crypto";
import { EventStoreDBClient, jsonEvent } from "@eventstore/db-client";
import features from "@eventstore/db-client/generated/serverfeatures_pb.js";
import { StreamsClient } from "@eventstore/db-client/generated/streams_grpc_pb.js";
import { Client, credentials, type Metadata } from "@grpc/grpc-js";

/** The size limit of an append, up to version 24 of the server. */
export const APPEND_LIMIT = 1024 * 1024;

const FEATURES = "/event_store.client.server_features.ServerFeatures/GetSupportedMethods";

/** The node under test, with the official client, the generated one, and one for raw bytes. */
export class Node {
  private connected: { url: string; client: EventStoreDBClient; streams: StreamsClient; raw: Client } | undefined;

  connect(url: string): void {
    const address = /^esdb:\/\/(?:[^@]*@)?([^?/]+)/.exec(url)?.[1] ?? "";
    this.connected = {
      url,
      client: EventStoreDBClient.connectionString(url),
      streams: new StreamsClient(address, credentials.createInsecure()),
      raw: new Client(address, credentials.createInsecure()),
    };
  }

  get url(): string {
    return this.use.url;
  }

  get client(): EventStoreDBClient {
    return this.use.client;
  }

  get streams(): StreamsClient {
    return this.use.streams;
  }

  get raw(): Client {
    return this.use.raw;
  }

  /** Whether appends above 1 MiB are refused. From version 25 on the limit is 256 MB, which no test should send. */
  async limitsAppends(): Promise<boolean> {
    const bytes = (message: Buffer): Buffer => message;
    const answer = await new Promise<Buffer>((resolve, reject) => {
      this.raw.makeUnaryRequest(FEATURES, bytes, bytes, Buffer.alloc(0), (error, value) =>
        error ? reject(error) : resolve(value ?? Buffer.alloc(0)),
      );
    });
    const version = features.SupportedMethods.deserializeBinary(answer).getEventStoreServerVersion();
    return Number.parseInt(version, 10) < 25;
  }

  async disconnect(): Promise<void> {
    await this.connected?.client.dispose();
    this.connected?.streams.close();
    this.connected?.raw.close();
  }

  private get use(): NonNullable<typeof this.connected> {
    if (this.connected === undefined) throw new Error("The node is not connected yet.");
    return this.connected;
  }
}

/** A unique name. */
export const newStream = (about = "stream"): string => `${about}-${randomUUID()}`;

export const someEvents = (count: number, type = "Tested") =>
  Array.from({ length: count }, (_, index) => jsonEvent({ type, data: { index } }));

export async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of source) all.push(item);
  return all;
}

/** The error of a rejected call; throws if the call succeeds. */
export async function rejection(call: Promise<unknown>): Promise<RpcError> {
  const settled = await call.then(
    () => undefined,
    (error: unknown) => error as RpcError,
  );
  if (settled === undefined) throw new Error("The call was expected to fail.");
  return settled;
}

export interface RpcError extends Error {
  code: number;
  type?: string;
  metadata: Metadata;
}

export const trailer = (error: RpcError, key: string): string | undefined => error.metadata.get(key)[0]?.toString();
