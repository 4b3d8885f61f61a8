/** A browser, as far as the board needs one: it keeps the cookie, and sends forms with a page's token. */
export const openBoard = (http: string) => {
  let cookie = "";
  const ask = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const headers = { ...(init.headers as Record<string, string> | undefined), cookie };
    const answer = await fetch(http + path, { ...init, headers, redirect: "manual" });
    for (const set of answer.headers.getSetCookie()) cookie = set.split(";")[0] ?? "";
    return answer;
  };
  const post = (path: string, fields: Record<string, string>) =>
    ask(path, { method: "POST", body: new URLSearchParams(fields) });
  const csrfIn = async (path: string) =>
    /name="csrf" value="([^"]+)"/.exec(await (await ask(path)).text())?.[1] ?? "none";
  return {
    get: (path: string) => ask(path),
    /** A form without the token of a page. */
    post,
    csrfIn,
    /** Sends a form as the page at `page` does. */
    send: async (page: string, path: string, fields: Record<string, string> = {}) =>
      post(path, { ...fields, csrf: await csrfIn(page) }),
    logIn: async (token: string) => post("/admin/login", { token, csrf: await csrfIn("/admin/login") }),
    cookie: () => cookie,
    useCookie: (other: string) => {
      cookie = other;
    },
  };
};
