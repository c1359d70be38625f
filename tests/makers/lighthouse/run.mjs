// Lighthouse, as on a phone, on a page of each kind, or with PAGES=all on every page of the
// built book, which is served compressed as hosts do: `make lighthouse`. Performance depends
// on the machine: with RUNS=5 the median of five is told, and decides nothing.
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { gzipSync } from "node:zlib";
import { launch } from "chrome-launcher";
import lighthouse from "lighthouse";

const FULL = ["accessibility", "best-practices", "seo"];
const TIMED = process.env.RUNS > 1;
const AT_MOST = { "cumulative-layout-shift": 0.01, "total-byte-weight": 130_000 };

// The bet, two chapters with all that a page may have, a page of words, one of functions.
const KINDS = /^(index|search|chapters\/(index|03-.*|bug-museum|glossary|reference))\.html$/;

const book = "_build/html/";
const pages = ["", "chapters/"]
  .flatMap((folder) => readdirSync(book + folder).map((name) => folder + name))
  .filter((path) =>
    path.endsWith(".html") && (process.env.PAGES === "all" || KINDS.test(path)) &&
    !readFileSync(book + path, "utf8").includes("Refresh")
  );
const types = { html: "text/html", css: "text/css", js: "text/javascript", svg: "image/svg+xml" };

const server = createServer(({ url }, response) => {
  const path = url.split("?")[0];
  const type = types[path.split(".").pop()] ?? "application/octet-stream";
  try {
    const body = gzipSync(readFileSync(book + path));
    response.writeHead(200, { "Content-Type": type, "Content-Encoding": "gzip" }).end(body);
  } catch {
    response.writeHead(404).end();
  }
}).listen(0, "127.0.0.1");
const chrome = await launch({ chromeFlags: ["--headless", "--no-sandbox", "--disable-gpu"] });

const measure = async (page) => {
  const address = `http://127.0.0.1:${server.address().port}/${page}`;
  const options = {
    port: chrome.port,
    logLevel: "error",
    disableFullPageScreenshot: true,
    ...(TIMED ? {} : { onlyCategories: FULL, onlyAudits: Object.keys(AT_MOST) }),
    skipAudits: ["robots-txt"], // it is asked for from within the page, whose policy refuses
  };
  return (await lighthouse(address, options)).lhr;
};

// What is wrong with a page, one line each.
const faults = ({ categories, audits }) => [
  ...FULL.filter((name) => categories[name].score !== 1).map((name) => {
    const failed = categories[name].auditRefs.map(({ id }) => audits[id])
      .filter(({ score, errorMessage }) => errorMessage || (score ?? 1) < 1)
      .map(({ id, errorMessage, details }) => [id, errorMessage ?? details?.items]);
    return `${name} ${categories[name].score}: ${JSON.stringify(failed)}`;
  }),
  ...Object.entries(AT_MOST)
    .filter(([name, most]) => !(audits[name].numericValue <= most))
    .map(([name, most]) => `${name} ${audits[name].numericValue} is more than ${most}`),
];

try {
  for (const page of pages) {
    const report = await measure(page), speeds = [report];
    while (speeds.length < process.env.RUNS) speeds.push(await measure(page));
    const scores = speeds.map(({ categories }) => categories.performance?.score).sort();
    const [shift, weight] = Object.keys(AT_MOST).map((name) => report.audits[name].numericValue);
    console.log(
      `${page}: shift ${shift.toFixed(3)}, weight ${Math.round(weight / 1000)} kB${
        TIMED ? `, performance ${scores[scores.length >> 1]}` : ""
      }`,
    );
    for (const fault of faults(report)) {
      console.log(`  ✗ ${fault}`);
      process.exitCode = 1;
    }
  }
} finally {
  chrome.kill();
  server.close();
}
