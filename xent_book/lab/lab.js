/* The live parts in JupyterLab, the scripts and the styles of the pages, and its links to
   sections: an extension of it, in the form that its own builder gives to one. */
(() => {
  "use strict";
  const here = new URL(".", document.currentScript.src);

  const make = (tag, attributes) => Object.assign(document.createElement(tag), attributes);
  const sheet = (name) => make("link", { rel: "stylesheet", href: new URL(`${name}.css`, here) });
  const own = sheet("lab"); // comes last

  // `<xent-gap>` brings gap.css and gap.js, after what all parts share, as on a page.
  const brought = new Set();
  const bring = (name) => {
    if (brought.has(name)) return;
    brought.add(name);
    own.before(sheet(name));
    document.head.append(make("script", { src: new URL(`${name}.js`, here), async: false }));
  };
  const seek = (node) => {
    for (const { localName } of node.querySelectorAll(":not(:defined)")) {
      if (localName.startsWith("xent-")) bring(localName.slice("xent-".length));
    }
  };

  // A link names a section as the book and a forge do, "#one-number"; JupyterLab looks for
  // the heading's own words, "#One-number".
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
    document.head.append(own);
    own.before(sheet("drawn"));
    bring("live");
    const changes = new MutationObserver((found) => found.forEach(({ target }) => seek(target)));
    changes.observe(document.body, { childList: true, subtree: true });
    seek(document);
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
