/* The live parts in JupyterLab: the scripts and the styles of the pages, as an extension
   of it, in the form that its own builder gives to one. */
(() => {
"use strict";
const parts = ["live", "averages", "bets", "explorer"]; // of _live, what all share first
const here = new URL(".", document.currentScript.src);

const load = (tag, attributes) => document.head.append(Object.assign(document.createElement(tag), attributes));

const activate = (app) => {
  for (const name of [...parts, "lab"])
    load("link", { rel: "stylesheet", href: new URL(`${name}.css`, here) });
  for (const name of parts) load("script", { src: new URL(`${name}.js`, here), async: false });
  // The arrows move a slider, and "d d" in a field deletes no cell.
  const stop = (event) => event.stopPropagation();
  document.addEventListener("focusin", ({ target }) => {
    const part = target.closest("[live]");
    part?.setAttribute("data-lm-suppress-shortcuts", "true");
    part?.addEventListener("keydown", stop);
  });
  // Within <details>, jupyterlab-myst leaves formulas as TeX: an opened one has them set.
  document.addEventListener("toggle", ({ target }) => {
    const { latexTypesetter } = app.docRegistry.getWidgetFactory("Notebook").rendermime;
    for (const formula of target.querySelectorAll(".math-inline, .math-display")) {
      const sign = formula.matches(".math-display") ? "$$" : "$";
      formula.textContent = sign + formula.textContent + sign;
      formula.removeAttribute("class");
      latexTypesetter.typeset(formula);
    }
  }, true);
};

const plugin = { id: "xent-lab:plugin", autoStart: true, activate };
const container = { init() {}, get: async () => () => ({ __esModule: true, default: plugin }) };
(window._JUPYTERLAB ||= {})["xent-lab"] = container;
})();
