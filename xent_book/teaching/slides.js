/* Slides: keys and buttons go from one to the next, with the answer to a question as a step on the
   way, the address has its number, and what a slide shows is as large as its room allows. */
(() => {
  "use strict";
  const all = [...document.querySelectorAll("section")];
  const { dataset } = document.documentElement;
  const count = document.querySelector("output");
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const wide = matchMedia("(min-width: 60em)");

  const now = () => all.findLastIndex((one) => one.getBoundingClientRect().top < innerHeight / 2);
  let goal; // on the way there, the next press goes on from it
  const go = (place, behavior = still.matches ? "auto" : "smooth") => {
    goal = Math.min(all.length - 1, Math.max(0, place));
    all[goal].scrollIntoView({ behavior });
  };
  // On a large screen a class thinks about the question before its answer is seen.
  dataset.steps = "";
  const answer = (slide) => {
    const waits = wide.matches && slide.querySelector(".says") && !slide.matches(".told");
    slide.classList.add("told");
    return waits;
  };
  const on = (by) => {
    const place = goal ?? now();
    if (by < 0 || !answer(all[place])) go(place + by);
  };
  const tell = () => {
    const place = now() + 1;
    if (count.value === `${place} / ${all.length}`) return;
    count.value = `${place} / ${all.length}`;
    history.replaceState(null, "", `#${place}`);
  };

  const KEYS = { ArrowRight: 1, PageDown: 1, " ": 1, ArrowLeft: -1, PageUp: -1 };
  // What has the focus keeps its keys, but for those of a presenter's remote.
  const OWN = "input, textarea, select, button, a, summary, [tabindex]";
  addEventListener("keydown", (event) => {
    const { key, target, ctrlKey, metaKey, altKey } = event;
    const by = KEYS[key] * (event.shiftKey ? -1 : 1);
    const end = { Home: 0, End: all.length - 1 }[key];
    if (!by && end === undefined || ctrlKey || metaKey || altKey) return;
    if (!key.startsWith("Page") && target.closest(OWN)) return;
    event.preventDefault();
    event.stopPropagation();
    by ? on(by) : go(end);
  }, true);
  for (const button of document.querySelectorAll("[data-by]")) {
    button.addEventListener("click", () => on(Number(button.dataset.by)));
  }
  for (const slide of all) {
    slide.querySelector(".says")?.addEventListener("click", () => answer(slide));
  }
  document.querySelector(".theme").addEventListener("click", () => {
    dataset.theme = dataset.theme === "dark" ? "light" : "dark";
    localStorage.setItem("mode", dataset.theme);
  });

  // Nothing has been added to the scores when the class is asked what adding does.
  customElements.whenDefined("xent-shift").then(() => {
    const shift = document.querySelector("xent-shift");
    if (!shift) return;
    shift.config.value = 0;
    shift.set(0);
  });

  // Halves the range in which the largest size is at which all of a slide is seen. A part draws
  // itself anew for each, one frame later.
  const drawn = () =>
    new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  let turn = 0;
  const fit = async () => {
    const mine = ++turn;
    for (const one of [all[now()], ...all]) {
      const set = (zoom) => one.style.setProperty("--zoom", zoom);
      let [small, large] = [1, wide.matches ? 3 : 1];
      while (large - small > 0.05) {
        const zoom = (small + large) / 2;
        set(zoom);
        await drawn();
        if (mine !== turn) return;
        const room = one.querySelector(".shows");
        const fits = one.scrollHeight <= one.clientHeight && room.scrollWidth <= room.clientWidth;
        if (fits) small = zoom;
        else large = zoom;
      }
      set(small);
    }
    dataset.fit = "";
  };

  addEventListener("scroll", tell, { passive: true });
  for (const type of ["scrollend", "wheel", "touchmove"]) {
    addEventListener(type, () => goal = undefined, { passive: true });
  }
  addEventListener("resize", fit);
  addEventListener("load", () => {
    go(Number(location.hash.slice(1)) - 1, "auto");
    fit();
  });
})();
