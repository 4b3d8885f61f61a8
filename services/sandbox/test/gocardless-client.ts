import gocardless, { Environments } from "gocardless-nodejs";

/** The real SDK, pointed at a stand-in: its base URL is a private field. */
export const clientFor = (url: string, token: string) => {
  const client = gocardless(token, Environments.Sandbox, { raiseOnIdempotencyConflict: true });
  Reflect.set(Reflect.get(client, "_api"), "_baseUrl", url);
  return client;
};

/** What the SDK threw, by the error's names. */
export const thrown = async (promise: Promise<unknown>) => {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error)) throw new Error("The call was meant to be refused.");
  const { errorType, code, errors, conflictingResourceId } = error as Error & {
    errorType?: string;
    code?: number | string;
    conflictingResourceId?: string;
    errors?: { reason?: string; field?: string; message: string; request_pointer?: string; links?: object }[];
  };
  return { name: error.constructor.name, message: error.message, errorType, code, errors, conflictingResourceId };
};
