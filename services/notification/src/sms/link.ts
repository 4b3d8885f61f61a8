import { LINK_PREFIX } from "@touchline/contracts";

/** Whether a text, as written or as the provider shows it, has this link. A longer id does not match. */
export const hasLink = (body: string, billingRequestId: string): boolean => {
  const link = `${LINK_PREFIX}${billingRequestId}`;
  const at = body.indexOf(link);
  return at >= 0 && !/^[A-Z0-9]/.test(body.slice(at + link.length));
};
