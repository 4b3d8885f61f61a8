/** Part of the callback URL, which the provider signs: a callback names its attempt even if the call's answer never came. */
export const attemptIdOf = (smsId: string, attempt: number): string => `${smsId}.${attempt}`;

/** Undefined if it is not an attempt id. */
export const parseAttemptId = (attemptId: string): { smsId: string; attempt: number } | undefined => {
  const match = /^([0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})\.([1-9]\d{0,3})$/.exec(
    attemptId,
  );
  return match?.[1] && match[2] ? { smsId: match[1], attempt: Number(match[2]) } : undefined;
};
