/* The frame of a page: where one reads, and what opens beside a sentence. */
(() => {
  "use strict";
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];

  // The section that is read, marked in the contents at the left, with how far it is.
  const contents = document.querySelector(".contents");
  const links = all(".contents a");
  const sections = links.map(({ hash }) => document.getElementById(decodeURI(hash.slice(1))));
  const mark = () => {
    const line = innerHeight / 3;
    const tops = sections.map((section) => section.getBoundingClientRect().top);
    const ended = scrollY + innerHeight > document.documentElement.scrollHeight - 2;
    const now = ended ? tops.length - 1 : tops.findLastIndex((top) => top < line);
    const { bottom = 0 } = sections[now]?.getBoundingClientRect() ?? {};
    const share = ended ? 1 : (line - tops[now]) / (bottom - tops[now]) || 0;
    const read = (now + Math.min(1, share)) / tops.length;
    contents.style.setProperty("--read", Math.max(0, read));
    if (links[now]?.ariaCurrent) return;
    links.forEach((link, i) => (link.ariaCurrent = i === now ? "location" : null));
    keepInView(links[now]);
  };
  const keepInView = (link) => {
    const list = link?.closest(".bd-sidebar-primary");
    if (!list) return;
    const seen = list.getBoundingClientRect(), { top, bottom } = link.getBoundingClientRect();
    if (top < seen.top) list.scrollTop -= seen.top - top + 40;
    else if (bottom > seen.bottom) list.scrollTop += bottom - seen.bottom + 40;
  };
  if (contents) {
    let asked;
    const ask = () => {
      asked ??= requestAnimationFrame(() => {
        asked = undefined;
        mark();
      });
    };
    addEventListener("scroll", ask, { passive: true });
    addEventListener("resize", ask);
    contents.addEventListener("click", () => contents.closest("dialog")?.close());
    mark();
  }
})();
