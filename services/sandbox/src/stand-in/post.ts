import type { Scheduler } from "./scheduler.ts";

/** One try at a callback or webhook. */
export type DeliveryAttempt = {
  readonly at: string;
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly attempt: number;
  /** HTTP status, or undefined when nobody answered. */
  readonly status: number | undefined;
  readonly answer: string;
  /** Its name: the status or event that it is about. */
  readonly about: string;
};

export type Posted = { readonly status: number | undefined; readonly answer: string };

/** Posts once. No server, no answer in time and a dropped connection are all the same: no status. */
export const post = async (
  scheduler: Scheduler,
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  timeoutMs: number,
): Promise<Posted> => {
  const late = new AbortController();
  const cancel = scheduler.runtime.after(timeoutMs, () => late.abort());
  try {
    const response = await fetch(url, {
      method: "POST",
      headers,
      body,
      redirect: "manual",
      signal: AbortSignal.any([scheduler.signal, late.signal]),
    });
    return { status: response.status, answer: await response.text() };
  } catch (error) {
    return { status: undefined, answer: error instanceof Error ? error.message : String(error) };
  } finally {
    cancel();
  }
};
