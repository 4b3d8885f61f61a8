/** `£45`, `£27.50` */
export const pounds = (pence: number): string =>
  `£${pence % 100 === 0 ? String(pence / 100) : (pence / 100).toFixed(2)}`;

export const plural = (count: number, one: string): string => `${count} ${one}${count === 1 ? "" : "s"}`;
