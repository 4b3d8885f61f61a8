import { readFileSync } from "node:fs";
import type { FastifyInstance } from "fastify";

const types = { css: "text/css; charset=utf-8", js: "text/javascript; charset=utf-8" } as const;

/** Serves one file from beside the code. */
export const serveAsset = (app: FastifyInstance, path: string, file: URL): void => {
  const content = readFileSync(file, "utf8");
  const type = types[file.pathname.endsWith(".js") ? "js" : "css"];
  app.get(path, async (_request, reply) =>
    reply.headers({ "content-type": type, "cache-control": "no-cache" }).send(content),
  );
};
