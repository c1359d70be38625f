// Sphinx leaves numbers out of a query. Who asks for Formula 16 means it: a page
// whose title has all numbers of the query comes first. The weights are Sphinx's own.
var Scorer = {
  score: ([, title, anchor, , score]) => {
    const query = new URLSearchParams(location.search).get("q") || "";
    const numbers = query.match(/\d+/g);
    const found = numbers && numbers.every((number) => title.includes(number));
    return score + (found ? (anchor ? 100 : 200) : 0);
  },
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};

// A page from disk may not read the others, so there is no passage to show.
if (location.protocol === "file:") {
  DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
  const results = document.getElementById("search-results");
  const hint = "From disk, it shows titles alone; <code>make serve</code> shows the text, too.";
  results?.insertAdjacentHTML("beforebegin", `<p class="mt-3">${hint}</p>`);
}
