// The page that explains a term comes first, by the glossary; then chapters, then names of code.
// Sphinx leaves numbers out of a query. Who asks for Formula 16 means it: a page whose title has
// all numbers of the query comes first. Below each stands the sentence with the words.
var Scorer = {
  score: ([page, title, anchor, , score]) => {
    const numbers = search.asked.match(/\d+/g);
    const found = numbers && numbers.every((number) => title.includes(number));
    const kind = /\/\d/.test(page) ? 2 : /bibliography|reference/.test(page) ? -2 : 0;
    return score + kind + (found ? (anchor ? 100 : 200) : 0);
  },
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 0, 1: 0, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};

const search = (() => {
  "use strict";
  let stemmer;
  // An array in Sphinx 7, a set in 9.
  const stems = (text) =>
    splitQuery(text.toLowerCase()).filter((word) => ![...stopwords].includes(word))
      .map((word) => stemmer.stemWord(word));

  let text;
  const load = () =>
    text ??= new Promise((resolve, reject) => {
      const script = document.createElement("script"), onload = () => resolve(passages);
      Object.assign(script, { src: "passages.js", onload, onerror: reject });
      document.head.append(script);
    });

  // A term that begins with what is asked for, such as KL, or whose words are all in it, but for
  // one of the query's: that with the most nearly as many explains best.
  const explain = (terms, asked) =>
    Object.entries(terms).map(([term, place]) => [stems(term), place])
      .filter(([own]) =>
        `${own.join(" ")} `.startsWith(`${asked.join(" ")} `) ||
        (own.length >= asked.length - 1 && own.every((stem) => asked.includes(stem)))
      )
      .map(([own, place]) => [Math.abs(own.length - asked.length), place])
      .sort(([a], [b]) => a - b)[0]?.[1];

  const sentences = (paragraph) => paragraph.split(/(?<=[.!?:]["”)]?) (?=[A-Z“"(−*0-9])/);

  // Of what stands below an anchor, or on the page, the sentence with most of the words.
  const quote = (page, anchor, asked) => {
    const below = page?.filter(([own]) => !anchor || own === anchor) ?? [];
    let best = [-1, below[0]?.[2] ?? ""];
    for (const sentence of below.flatMap(([, , paragraph]) => sentences(paragraph))) {
      const own = stems(sentence), hits = asked.filter((stem) => own.includes(stem)).length;
      if (hits > best[0]) best = [hits, sentence];
    }
    return best;
  };

  // A browser that knows how goes to the sentence, and marks it.
  const mark = (sentence) => {
    const part = (list) => encodeURIComponent(list.join(" ")).replaceAll("-", "%2D");
    const all = sentence.split(" ");
    return all.length < 8 ? part(all) : `${part(all.slice(0, 4))},${part(all.slice(-3))}`;
  };

  const show = ({ page, title, anchor = "", about, passage, marked }) => {
    const item = document.createElement("li"), link = document.createElement("a");
    const end = marked ? `${anchor || "#"}:~:text=${mark(passage)}` : anchor;
    link.href = page + DOCUMENTATION_OPTIONS.LINK_SUFFIX + end;
    link.innerHTML = title;
    const below = document.createElement("p");
    below.className = "context";
    below.textContent = passage;
    item.append(link, about ? ` (${about})` : "", below);
    return item;
  };

  const search = async (query) => {
    search.asked = query;
    stemmer = new Stemmer();
    const asked = stems(query);
    const results = Search._performSearch(...Search._parseQuery(query)).reverse();
    localStorage.removeItem("sphinx_highlight_terms"); // the page marks a sentence, not all words
    const { pages, terms } = await load();
    if (query !== search.asked) return; // more was typed meanwhile
    const place = explain(terms, asked);
    const found = results.map(([page, title, anchor, about, score]) => {
      const [hits, passage] = quote(pages[page], anchor.slice(1), asked);
      return { page, title, anchor, about, passage, marked: hits > 0, score: score + hits / 10 };
    }).sort((a, b) => b.score - a.score || a.page.localeCompare(b.page)); // where it comes first
    if (place) {
      const [page, id, passage] = place, { docnames, titles } = Search._index;
      const heading = pages[page].find(([own]) => own === id)?.[1];
      const title = titles[docnames.indexOf(page)] + (heading ? ` > ${heading}` : "");
      found.unshift({ page, title, anchor: id && `#${id}`, passage });
    }
    Search.stopPulse();
    Search.title.textContent = "Search Results";
    const places = found.length === 1 ? "one place" : `${found.length} places`;
    Search.status.textContent = found.length ? `Found in ${places}.` : "Found nowhere.";
    Search.output.replaceChildren(...found.map(show));
  };

  // As one types: the same words lead here again.
  let later;
  document.addEventListener("input", ({ target }) => {
    if (!target.matches(".bd-search-container [name=q]")) return;
    clearTimeout(later);
    later = setTimeout(() => {
      const query = target.value.trim();
      history.replaceState(null, "", `?q=${encodeURIComponent(query)}`);
      document.getElementById("search-results").replaceChildren();
      if (query) Search.performSearch(query);
    }, 150);
  });
  return search;
})();
// Sphinx's own search has its name once this script has run.
queueMicrotask(() => (Search.query = search));
