/** Runs work with the same key one after the other, in call order; other keys do not wait. */
export const oneAtATime = () => {
  const last = new Map<string, Promise<unknown>>();
  return <T>(key: string, work: () => Promise<T>): Promise<T> => {
    const before = last.get(key) ?? Promise.resolve();
    const result = before.then(work, work);
    last.set(key, result);
    const forget = () => void (last.get(key) === result && last.delete(key));
    result.then(forget, forget);
    return result;
  };
};
