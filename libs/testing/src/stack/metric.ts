/** The value of a metric of the service at `url`; 0 while nothing has been counted. */
export const metric = async (url: string, name: string, labels = ""): Promise<number> => {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text.split("\n").find((l) => l.startsWith(name) && (!labels || l.includes(labels)));
  return Number(line?.split(" ").at(-1) ?? 0);
};
