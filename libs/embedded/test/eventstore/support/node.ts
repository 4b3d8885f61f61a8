import { randomUUID } from "node:crypto";
import { EventStoreDBClient, jsonEvent } from "@eventstore/db-client";
import { StreamsClient } from "@eventstore/db-client/generated/streams_grpc_pb.js";
import { Client, credentials, type Metadata } from "@grpc/grpc-js";

/** The node under test: the official client, the generated one, and one for bytes of any kind. */
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

/** A name that nobody else uses, on this node or in this run. */
export const newStream = (about = "stream"): string => `${about}-${randomUUID()}`;

export const someEvents = (count: number, type = "Tested") =>
  Array.from({ length: count }, (_, index) => jsonEvent({ type, data: { index } }));

export async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of source) all.push(item);
  return all;
}

/** What a call was rejected with; fails if it was not. */
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
