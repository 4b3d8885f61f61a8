import type { MethodDefinition, ServerUnaryCall, sendUnaryData } from "@grpc/grpc-js";

const asIs = (bytes: Buffer): Buffer => bytes;

/** A method whose answers are already bytes, and whose requests are decoded by our own code. */
export function method<Request>(
  path: string,
  streams: { request: boolean; response: boolean },
  decode: (bytes: Buffer) => Request,
): MethodDefinition<Request, Buffer> {
  return {
    path,
    requestStream: streams.request,
    responseStream: streams.response,
    requestSerialize: () => Buffer.alloc(0),
    requestDeserialize: decode,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  };
}

export type UnaryHandler<Request> = (call: ServerUnaryCall<Request, Buffer>, callback: sendUnaryData<Buffer>) => void;
