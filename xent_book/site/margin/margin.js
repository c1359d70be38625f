/* The frame of a page: where one reads, and what opens beside a sentence. */
(() => {
  "use strict";
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];

  // The section that is read, marked in the contents at the left, with how far it is.
  const contents = document.querySelector(".contents");
  const head = document.querySelector(".masthead > span");
  const links = all(".contents a");
  const sections = links.map(({ hash }) => document.getElementById(decodeURI(hash.slice(1))));
  const mark = () => {
    const line = innerHeight / 3;
    const tops = sections.map((section) => section.getBoundingClientRect().top);
    const ended = scrollY + innerHeight > document.documentElement.scrollHeight - 2;
    const last = ended ? tops.length - 1 : tops.findLastIndex((top) => top < line);
    // Of two that stand side by side, the one that a link has led to, or else the first.
    const beside = tops.flatMap((top, i) => (top === tops[last] ? [i] : []));
    const now = beside.find((i) => links[i].hash === location.hash) ?? beside[0] ?? last;
    const { bottom = 0 } = sections[now]?.getBoundingClientRect() ?? {};
    const share = ended ? 1 : (line - tops[now]) / (bottom - tops[now]) || 0;
    const read = (now + Math.min(1, share)) / tops.length;
    contents.style.setProperty("--read", Math.max(0, read));
    if (links[now]?.ariaCurrent) return;
    links.forEach((link, i) => (link.ariaCurrent = i === now ? "location" : null));
    head.textContent = links[now]?.textContent ?? "";
    keepInView(links[now]);
  };
  const keepInView = (link) => {
    const list = link?.closest("#sidebar");
    if (!list) return;
    const seen = list.getBoundingClientRect(), { top, bottom } = link.getBoundingClientRect();
    if (top < seen.top) list.scrollTop -= seen.top - top + 40;
    else if (bottom > seen.bottom) list.scrollTop += bottom - seen.bottom + 40;
  };
  // On a phone the list opens where one reads.
  const own = all("nav.bd-links a.current").at(-1);
  const show = () => keepInView(links.find((link) => link.ariaCurrent) ?? own);
  for (const one of [contents, own]) keepInView(one);
  for (const button of all(".primary-toggle")) {
    button.addEventListener("click", () => requestAnimationFrame(show));
  }
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
    addEventListener("hashchange", ask);
    contents.addEventListener("click", () => contents.closest("dialog")?.close());
    mark();
  }

  // What opens has a button, the tick of a check or the link to an entry, and stands beside.
  const able = (button, beside, isOpen, open) => {
    const told = () => {
      button.ariaExpanded = isOpen();
      beside.classList.toggle("open", isOpen());
    };
    const turn = (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      open(!isOpen());
      told();
    };
    button.role = "button";
    button.setAttribute("aria-controls", beside.id);
    button.addEventListener("click", turn);
    button.addEventListener("keydown", (event) => {
      if (event.key === " " || (event.key === "Escape" && isOpen())) turn(event);
    });
    told();
    return { told, turn };
  };

  // A check moves to its tick: it opens there, in the margin or below its sentence.
  for (const tick of all(".tick")) {
    const beside = tick.nextElementSibling, cell = document.querySelector(tick.hash);
    const fold = cell.querySelector("details");
    beside.append(cell);
    beside.id = `${cell.id}-beside`;
    const { told, turn } = able(tick, beside, () => fold.open, (on) => (fold.open = on));
    fold.addEventListener("toggle", told);
    beside.firstElementChild.addEventListener("click", turn);
  }

  // A term or a source comes out of its template.
  for (const entry of all("template.entry")) {
    const beside = document.createElement("span");
    beside.className = "beside";
    beside.hidden = true;
    beside.lang = entry.lang;
    beside.id = `${entry.dataset.of}-beside`;
    beside.append(entry.content);
    entry.replaceWith(beside);
    const link = document.getElementById(entry.dataset.of);
    link.classList.add("opens");
    able(link, beside, () => !beside.hidden, (on) => (beside.hidden = !on));
  }

  // A room of the museum is what one sees, until somebody wants to know more.
  for (const exhibit of all("[id^=room-] xent-exhibit")) {
    const room = exhibit.closest("section"), button = document.createElement("button");
    button.className = "more";
    button.textContent = "How to check, and where it was found";
    const tell = () => (button.ariaExpanded = room.classList.contains("open"));
    button.addEventListener("click", () => {
      room.classList.toggle("open");
      tell();
    });
    tell();
    exhibit.closest(".cell").after(button);
  }

  // What opens can be scrolled by keys, if it is wider than its place, which a check has later.
  const measure = (fold) => {
    for (const one of all("pre, .output, .wide-table", fold)) {
      one.tabIndex = one.scrollWidth > one.clientWidth ? 0 : -1;
    }
  };
  const opened = ({ target }) => requestAnimationFrame(() => measure(target));
  document.addEventListener("toggle", opened, true);
  addEventListener("resize", () => measure(document));
  measure(document);

  // One switch opens all folded code, here and on the pages that come.
  const sign = document.querySelector(".all-code input");
  const showAll = (on) => {
    sign.checked = on;
    for (const fold of all(".cell details")) fold.open = on;
    document.documentElement.toggleAttribute("data-code", on);
  };
  if (sign) {
    sign.addEventListener("change", () => {
      if (sign.checked) sessionStorage.code = "open";
      else delete sessionStorage.code;
      showAll(sign.checked);
    });
    if (document.documentElement.dataset.code) showAll(true);
  }
})();
