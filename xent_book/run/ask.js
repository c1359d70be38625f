/* Fetches a file from the book's own host, for a page or Python's worker, and passes it to a
   check. Every wait has an end; if the check fails, it fetches again, without the cache. */
const runPatience = 30; // seconds without a byte
const runAsk = (() => {
  "use strict";
  const absent = (name, why, late) =>
    Object.assign(new Error(`${name} did not arrive: ${why}`), { late });

  const get = async (name, url, cache, count) => {
    const stop = new AbortController(), parts = [];
    let silent = 0, response;
    // Second by second: one in which this thread is busy is no silence of the host.
    const clock = setInterval(() => ++silent > runPatience && stop.abort(), 1000);
    try {
      response = await fetch(url, { cache, signal: stop.signal });
      const reader = response.body.getReader();
      for (let part; response.ok && (part = (await reader.read()).value); silent = 0) {
        parts.push(part);
        count(part.length);
      }
    } catch {
      if (!stop.signal.aborted) throw absent(name, "the book’s host does not answer");
      throw absent(name, `for ${runPatience} seconds the book’s host sent nothing`, true);
    } finally {
      clearInterval(clock);
    }
    if (!response.ok) throw absent(name, `the book’s host answers ${response.status}`);
    return new Blob(parts);
  };

  return (url, check, count = () => {}) => {
    const name = new URL(url).pathname.split("/").at(-1);
    const attempt = async (cache) => {
      const file = await get(name, url, cache, count);
      return check(file).catch(({ message }) => {
        throw new Error(`${name} arrived damaged: ${message}`);
      });
    };
    return attempt("default").catch((error) => {
      if (error.late) throw error;
      return attempt("reload");
    });
  };
})();
