// The page that explains a term comes first, by the glossary; then chapters, then names of code.
// Sphinx leaves numbers out of a query. Who asks for Formula 16 means it: a page whose title has
// all numbers of the query comes first. Below each stands the sentence with the words.
var Scorer = {
  score: ([page, title, anchor, , score]) => {
    const numbers = Scorer.query.match(/\d+/g);
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

(() => {
  "use strict";
  const root = document.documentElement.dataset.content_root;
  // That of the search's own page, or the dialog's, on all others.
  const field = [...document.querySelectorAll(".bd-search [name=q]")].at(-1);
  const around = field.closest("dialog, .bd-search-container");
  const make = (tag, ...parts) => {
    const made = document.createElement(tag);
    made.append(...parts);
    return made;
  };

  let stemmer, idle;
  const known = new Map();
  const stem = (word) => {
    if (!known.has(word)) known.set(word, stemmer.stemWord(word));
    return known.get(word);
  };
  const split = (text) => splitQuery(text.toLowerCase()).filter((word) => !idle.has(word));
  const stems = (text) => split(text).map(stem);

  // A translation has its language at the end of its name. What is found in the language of the
  // page comes first.
  const language = (page) => page.match(/\.([a-z]{2})$/)?.[1] ?? "en";
  const isForeign = (page) => language(page) !== document.documentElement.lang;

  let pages, terms, frequent;
  const take = (book) => {
    const count = Object.create(null);
    const sentences = (worth) => ([anchor, heading, paragraph]) =>
      paragraph.split(/(?<=[.!?:]["”“)]?) (?=[A-ZÄÖÜ“„"(−*0-9])/).map((text) => {
        for (const word of split(text)) count[word] = (count[word] ?? 0) + worth;
        // That of an exercise explains nothing.
        const title = /^(Exercise|Übung)/.test(heading) ? [] : stems(heading);
        return { anchor, heading, text, words: stems(text), title };
      });
    const read = Object.entries(book.pages).map(([name, page]) => [
      name,
      page.flatMap(sentences(isForeign(name) ? 1e-6 : 1)),
    ]);
    pages = Object.fromEntries(read);
    terms = Object.entries(book.terms).map(([term, place]) => [stems(term), place]);
    frequent = Object.keys(count).sort((a, b) => count[b] - count[a]);
  };

  // A last word that is nowhere in the book is being typed: the most frequent that begins so.
  const complete = (query) => {
    const last = split(query).at(-1);
    if (!last || !query.toLowerCase().endsWith(last)) return query;
    if (Object.hasOwn(Search._index.terms, stem(last))) return query;
    return query + (frequent.find((word) => word.startsWith(last)) ?? last).slice(last.length);
  };

  // One letter left out, added or changed, or two that changed places.
  const isNear = (typed, word) => {
    const same = [...typed].findIndex((letter, i) => letter !== word[i]);
    const [own, other] = [typed, word].map((one) => one.slice(same < 0 ? typed.length : same));
    return own.slice(1) === other.slice(1) || own === other.slice(1) || own.slice(1) === other ||
      own[1] + own[0] + own.slice(2) === other;
  };

  // Words of at least four letters that are nowhere in the book, as they were probably meant.
  const correct = (query) =>
    query.replace(/[\p{L}\p{N}_]{4,}/gu, (word) => {
      const typed = word.toLowerCase();
      const unknown = !idle.has(typed) && !Object.hasOwn(Search._index.terms, stem(typed));
      return unknown && frequent.find((one) => isNear(typed, one)) || word;
    });

  // A term that begins with what is asked for, such as KL, or whose words are all in it, but for
  // one of the query's: that with the most nearly as many explains best.
  const explain = (asked) =>
    terms.filter(([own]) =>
      `${own.join(" ")} `.startsWith(`${asked.join(" ")} `) ||
      (own.length >= asked.length - 1 && own.every((stem) => asked.includes(stem)))
    )
      .map(([own, place]) => [own.length - asked.length, place])
      .sort(([a], [b]) => Math.abs(a) - Math.abs(b))[0];

  // Of what stands below an anchor, or on the page, the sentence whose heading has all the words,
  // and few others; or else that with most of them, or with most in its heading.
  const quote = (page, anchor, asked) => {
    let best = { score: -1, text: "" };
    for (const one of pages[page] ?? []) {
      if (anchor && one.anchor !== anchor) continue;
      const [hits, above] = [one.words, one.title]
        .map((own) => asked.filter((word) => own.includes(word)).length);
      const all = above === asked.length && above + above / (one.title.length + 1) + hits / 99;
      const score = all || hits || above / 2;
      if (score > best.score) best = { ...one, score, marked: hits > 0 && one.text };
    }
    return best;
  };

  const titled = (page) => Search._index.titles[Search._index.docnames.indexOf(page)];
  const section = (page, heading) =>
    heading?.replaceAll("\u00a0", " ") === titled(page) ? "" : heading;

  // A title leads to what stands below it; words in the text to the section of their sentence.
  const place = ([page, title, hash, , score], asked) => {
    const best = quote(page, hash.slice(1), asked), { text, marked } = best;
    const anchor = hash.slice(1) || (best.score > 0 ? best.anchor : "");
    const named = title.split(" > ").at(-1);
    const heading = section(page, named) || (anchor && section(page, best.heading));
    return { page, anchor, heading, text, marked, score: score + best.score / 10 };
  };

  const explained = (asked) => {
    const [more, [page, anchor, text] = []] = explain(asked) ?? [];
    if (!page) return [];
    const { heading, marked } = quote(page, anchor, asked);
    return [{ page, anchor, text, whole: more >= 0, ...anchor && { heading, marked } }];
  };

  const find = (query) => {
    const asked = stems(query);
    Scorer.query = query;
    const found = Search._performSearch(...Search._parseQuery(Scorer.query)).reverse()
      .map((result) => place(result, asked))
      .sort((a, b) => b.score - a.score || a.page.localeCompare(b.page)); // where it comes first
    // What is named so, or asked so, comes before a term that has but some of the words.
    const isNamed = ({ heading, text, page }) =>
      [heading ?? "", page.endsWith("/questions") ? text : ""].map(stems)
        .some((words) => asked.every((word) => words.includes(word)));
    const first = explained(asked), named = first[0]?.whole ? [] : found.filter(isNamed);
    const there = new Map();
    for (const one of [...named, ...first, ...found]) {
      const key = `${one.page}#${one.anchor}`;
      if (!there.has(key)) there.set(key, one);
    }
    return [...there.values()].sort((a, b) => isForeign(a.page) - isForeign(b.page));
  };

  // A browser that knows how goes to the sentence, and marks it.
  const fragment = (sentence) => {
    const part = (list) => encodeURIComponent(list.join(" ")).replaceAll("-", "%2D");
    const all = sentence.split(" ");
    return `:~:text=${
      all.length < 8 ? part(all) : `${part(all.slice(0, 4))},${part(all.slice(-3))}`
    }`;
  };

  // Words and what stands between them, in turn, those marked that are asked for. A long sentence
  // begins shortly before the first of them.
  const mark = (text, asked) => {
    const parts = text.split(/([\p{L}\p{N}_]+)/u);
    const isAsked = (part) => asked.includes(stem(part.toLowerCase()));
    const first = parts.findIndex(isAsked), start = first > 24 ? first - 12 : 0;
    const shown = parts.slice(start).map((part) => isAsked(part) ? make("mark", part) : part);
    return [start ? "… " : "", ...shown];
  };

  const show = (asked) => ({ page, anchor, heading, text, marked }) => {
    const chapter = make(heading ? "span" : "b"), passage = make("span", ...mark(text, asked));
    const link = make("a", heading ? make("b", ...mark(heading, asked)) : "", chapter, passage);
    chapter.innerHTML = (heading ? " · " : "") + titled(page);
    passage.className = "context";
    link.href = root + page + DOCUMENTATION_OPTIONS.LINK_SUFFIX +
      (anchor || marked ? `#${anchor}` : "") + (marked ? fragment(marked) : "");
    return Object.assign(make("li", link), { lang: language(page) });
  };

  const status = make("p"), list = make("ul");
  const search = () => {
    const typed = field.value.trim();
    let query = complete(typed), found = typed ? find(query) : [], said = "Found in";
    if (typed && !found.length) {
      query = correct(typed);
      found = find(query);
      said = `Found nowhere. “${query}” is found in`;
    }
    const places = found.length === 1 ? "one place" : `${found.length} places`;
    status.textContent = typed && (found.length ? `${said} ${places}.` : "Found nowhere.");
    list.replaceChildren(...found.map(show(stems(query))));
  };

  const open = () => {
    const out = document.getElementById("search-results") ?? make("div");
    Object.assign(status, { role: "status", className: "search-summary" });
    out.id = "search-results";
    out.append(status, list);
    if (!out.isConnected) around.append(out);
    search();
  };

  // All sentences come with the first words.
  let script;
  const load = () => {
    if (script || !field.value || !Search._index) return;
    const onload = () => (take(passages), open());
    script = Object.assign(make("script"), { src: `${root}passages.js`, onload });
    script.onerror = () => (script = undefined); // the next letter asks again
    document.head.append(script);
  };

  field.addEventListener("input", () => {
    const query = encodeURIComponent(field.value.trim());
    if (!around.open) history.replaceState(null, "", `?q=${query}`);
    if (pages) search();
    else load();
  });
  // Enter opens the first, arrows lead on from the field, and back.
  field.form.addEventListener("submit", (event) => {
    if (!pages) return;
    event.preventDefault();
    list.querySelector("a")?.click();
  });
  around.addEventListener("keydown", (event) => {
    const { key, altKey, ctrlKey, metaKey } = event;
    const stops = [field, ...list.querySelectorAll("a")];
    // What is typed on a result goes to the field, and so does Ctrl+A.
    const typed = ctrlKey || metaKey ? /^a$/i : /^(.|Backspace|Delete)$/u;
    if (!altKey && typed.test(key)) field.focus();
    const step = { ArrowDown: 1, ArrowUp: -1 }[key];
    const next = stops[stops.indexOf(document.activeElement) + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
  list.addEventListener("click", () => around.close?.());
  around.addEventListener("close", () => field.select()); // what is typed next replaces it

  // The index is the last of Sphinx's scripts.
  const setIndex = (index) => {
    // Sphinx has words as keys of objects, each of which has a constructor of its own accord.
    const bare = { __proto__: null, hasOwnProperty: Object.prototype.hasOwnProperty };
    for (const words of [index.terms, index.titleterms]) Object.setPrototypeOf(words, bare);
    Search._index = index;
    stemmer = new Stemmer();
    idle = new Set(stopwords); // an array in Sphinx 7, a set in 9
    field.value ||= new URLSearchParams(location.search).get("q") ?? "";
    load();
  };
  queueMicrotask(() => Object.assign(Search, { setIndex, performSearch() {} }));
})();
