// Lighthouse (mobile) on the built book, served compressed as hosts do, against
// budget.json: `make lighthouse`. It needs node, npm and a Chromium.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { Worker, isMainThread } from "node:worker_threads";

const book = fileURLToPath(new URL("../../../_build/html", import.meta.url));
const port = 8765;
const types = { html: "text/html", css: "text/css", js: "text/javascript", svg: "image/svg+xml" };

function serve() {
  createServer((request, response) => {
    const path = request.url.split("?")[0];
    try {
      const body = gzipSync(readFileSync(book + path));
      const type = types[path.split(".").pop()] ?? "application/octet-stream";
      const headers = { "Content-Type": type, "Content-Encoding": "gzip", "Cache-Control": "max-age=600" };
      response.writeHead(200, headers).end(body);
    } catch {
      response.writeHead(404).end();
    }
  }).listen(port, "127.0.0.1");
}

function measure(page) {
  const flags = ["--headless", "--no-sandbox", "--disable-gpu"].join(" ");
  const address = `http://127.0.0.1:${port}/${page}`;
  const options = ["--yes", "lighthouse@12.2.3", address, "--quiet", "--output=json", `--chrome-flags=${flags}`];
  return JSON.parse(execFileSync("npx", options, { maxBuffer: 1e9, stdio: ["ignore", "pipe", "ignore"] }));
}

if (!isMainThread) {
  serve();
} else {
  const server = new Worker(new URL(import.meta.url));
  const budget = JSON.parse(readFileSync(new URL("budget.json", import.meta.url)));
  let failed = false;
  const check = (page, name, value, limit, holds) => {
    failed ||= !holds;
    console.log(`${holds ? "  " : "✗ "}${page}  ${name} ${value} (${limit})`);
  };
  for (const page of budget.pages) {
    const { categories, audits } = measure(page);
    for (const [name, limit] of Object.entries(budget["at least"])) {
      const { score } = categories[name];
      check(page, name, score, `at least ${limit}`, score >= limit);
    }
    for (const [name, limit] of Object.entries(budget["at most"])) {
      const value = audits[name].numericValue;
      check(page, name, value, `at most ${limit}`, value <= limit);
    }
  }
  await server.terminate();
  process.exitCode = failed ? 1 : 0;
}
