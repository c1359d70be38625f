/* The live parts in JupyterLab, the scripts and the styles of the pages, and its links to
   sections: an extension of it, in the form that its own builder gives to one. */
(() => {
  "use strict";
  const parts = [
    "live",
    "arrows",
    "averages",
    "bets",
    "explorer",
    "finder",
    "gap",
    "overflow",
    "ruler",
    "sentence",
    "shards",
    "shift",
  ]; // what all share first
  const here = new URL(".", document.currentScript.src);

  const load = (tag, attributes) =>
    document.head.append(Object.assign(document.createElement(tag), attributes));

  // A link names a section as the book and a forge do, "#formula-17"; JupyterLab looks
  // for the heading's own words, "#Formula-(17)".
  const slug = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}_ -]/gu, "").replaceAll(" ", "-");

  const follow = async ({ node, content, context }, fragment) => {
    await context.ready;
    const section = slug(decodeURIComponent(fragment));
    for (let wait = 0; wait < 50; wait += 1) { // cells appear one by one
      const headings = [...node.querySelectorAll("h1, h2, h3")];
      const heading = headings.find(({ textContent }) => slug(textContent) === section);
      if (heading) {
        if (content.widgets) {
          content.activeCellIndex = content.widgets.findIndex((cell) =>
            cell.node.contains(heading)
          );
        }
        return heading.scrollIntoView();
      }
      await new Promise((done) => setTimeout(done, 100));
    }
  };

  const activate = (app) => {
    for (const name of [...parts, "lab"]) {
      load("link", { rel: "stylesheet", href: new URL(`${name}.css`, here) });
    }
    for (const name of parts) load("script", { src: new URL(`${name}.js`, here), async: false });
    const createNew = (widget) => {
      widget.setFragment = (fragment) => follow(widget, fragment);
      widget.node.addEventListener("click", ({ target }) => {
        const link = target.closest("a[href^='#']");
        if (link) widget.setFragment(link.hash);
      });
    };
    for (const kind of ["Notebook", "Markdown Preview"]) {
      app.docRegistry.addWidgetExtension(kind, { createNew });
    }
    // The arrows move a slider, and "d d" in a field deletes no cell.
    const stop = (event) => event.stopPropagation();
    document.addEventListener("focusin", ({ target }) => {
      const part = target.closest("[live], .x-pull");
      part?.setAttribute("data-lm-suppress-shortcuts", "true");
      part?.addEventListener("keydown", stop);
    });
  };

  const plugin = { id: "xent-lab:plugin", autoStart: true, activate };
  const container = { init() {}, get: async () => () => ({ __esModule: true, default: plugin }) };
  (window._JUPYTERLAB ||= {})["xent-lab"] = container;
})();
