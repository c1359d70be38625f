/* What the scripts of a page say, in the page's own language. They say it in English; what of it is
   in `xentWords`, which the build puts above, is replaced before it is seen or read aloud. */
(() => {
  "use strict";
  const { lang } = document.documentElement;
  const spaces = /^(\s*)(.*?)(\s*)$/s;
  const literal = (text) => text.replace(/[.*+?^$()|[\]\\]/g, "\\$&");
  const rules = Object.entries(xentWords).map(([english, own]) => [
    new RegExp(`^${english.split("{}").map(literal).join("(.*?)")}$`, "s"),
    own,
  ]);

  // `{}` is what changes, in its turn, and `{1}` the second of them.
  const translate = (text) => {
    const [, before, said, after] = text.match(spaces);
    if (!/\p{L}/u.test(said)) return;
    const line = said.replace(/\s+/g, " ");
    const [rule, own] = rules.find(([rule]) => rule.test(line)) ?? [];
    if (!rule) return;
    const filled = line.match(rule).slice(1).map((part) => translate(part) ?? part);
    let turn = 0;
    return before + own.replace(/\{(\d?)\}/g, (_, at) => filled[at || turn++]) + after;
  };

  // What a script has marked as English, and what is said there, decides of its language.
  const marks = new WeakMap();
  const change = (element, text, put) => {
    const own = translate(text), mark = element.closest("[lang]");
    if (own === undefined) {
      if (/\p{L}{2}/u.test(text) && marks.has(mark)) mark.lang = marks.get(mark);
      return;
    }
    put(own);
    if (mark.lang === lang) return;
    marks.set(mark, mark.lang);
    mark.lang = lang;
  };

  const NAMES = ["aria-label", "aria-description", "title", "placeholder"];
  const CODE = "pre, textarea";
  const read = (node) => {
    const { parentElement: parent } = node;
    if (!parent || parent.closest(CODE)) return;
    change(parent, node.data, (own) => (node.data = own));
  };
  const name = (element, attribute) => {
    const text = element.getAttribute(attribute);
    if (text) change(element, text, (own) => element.setAttribute(attribute, own));
  };
  const look = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return read(node);
    if (node.nodeType !== Node.ELEMENT_NODE) return;
    for (const attribute of NAMES) name(node, attribute);
    for (const child of node.childNodes) look(child);
  };

  new MutationObserver((changes, observer) => {
    for (const { type, target, addedNodes, attributeName } of changes) {
      if (type === "attributes") name(target, attributeName);
      else if (type === "characterData") read(target);
      else addedNodes.forEach(look);
    }
    observer.takeRecords(); // what was changed here
  }).observe(document.body, {
    attributeFilter: NAMES,
    characterData: true,
    childList: true,
    subtree: true,
  });
})();
