/** Whether a text, as it was written or as the provider shows it, has this link. Nothing else of a link is longer. */
export const hasLink = (body: string, billingRequestId: string): boolean => {
  const link = `/reg_setup/${billingRequestId}`;
  const at = body.indexOf(link);
  return at >= 0 && !/^[A-Z0-9]/.test(body.slice(at + link.length));
};
