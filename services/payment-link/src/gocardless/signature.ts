import { verifySignature } from "gocardless-nodejs/webhooks";

/** Whether GoCardless signed this body. Compared in constant time; never throws. */
export const isSigned = (body: Buffer, secret: string, header: string | string[] | undefined): boolean => {
  // Anything but 64 hex digits is wrong, and `Buffer.from(…, "hex")` would silently truncate it.
  if (typeof header !== "string" || !/^[0-9a-f]{64}$/i.test(header)) return false;
  try {
    verifySignature(body, secret, header);
    return true;
  } catch {
    // The SDK throws something that is not an Error.
    return false;
  }
};
