/* Formulas that answer: a term that is pointed at, tapped or tabbed to is lit wherever it
   has its name, and a line says what it is. The names are those that __init__.py gives. */
(() => {
  "use strict";
  const hosts = [];
  let lit = null, held = null; // what is pointed at, and what a tap or a key keeps

  const light = (name) => {
    if (name === lit) return;
    lit = name;
    for (const one of document.querySelectorAll("[data-term]")) {
      one.classList.toggle("t-lit", one.dataset.term === lit);
    }
    for (const host of hosts) host.say();
  };

  const hold = (name) => {
    for (const key of document.querySelectorAll(".t-keys button")) {
      key.ariaPressed = key.dataset.term === name;
    }
    light(held = name);
  };

  const named = ({ target }) => target.closest?.("[data-term]")?.dataset.term;

  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "mouse") light(named(event) ?? held);
  });
  document.addEventListener("click", (event) => {
    const name = named(event);
    if (event.target.closest(".t-bar") || !getSelection().isCollapsed) return;
    hold(name && name !== held ? name : null);
  });
  document.addEventListener("keydown", ({ key }) => {
    if (key === "Escape") hold(null);
  });

  // The words of a cell, and its formulas once: KaTeX repeats each as TeX and as HTML.
  const said = (cell) => {
    const copy = cell.cloneNode(true);
    for (const again of copy.querySelectorAll("annotation, .katex-html")) again.remove();
    return copy.textContent;
  };

  const create = (tag, properties) => Object.assign(document.createElement(tag), properties);

  customElements.define(
    "xent-terms",
    class extends HTMLElement {
      connectedCallback() {
        const [formula, numbers, bar] = this.children, [line, button] = bar.children;
        numbers.hidden = bar.hidden = false;
        this.lines = { none: line.firstElementChild };
        // A screen reader is given the formula as MathML, which has no terms: these are its.
        const keys = create("div", {
          className: "t-keys visually-hidden",
          role: "group",
          ariaLabel: "Terms of the formula",
        });
        for (const { dataset: { term } } of formula.querySelectorAll("[data-term]")) {
          const row = document.querySelector(`td [data-term="${term}"]`)?.closest("tr");
          if (!row || term in this.lines) continue;
          row.dataset.term = term;
          const [, read, here] = [...row.cells].map((cell) => cell.firstElementChild ?? cell);
          const innerHTML = read.innerHTML + (here.innerHTML && `: <b>${here.innerHTML}</b>`);
          // A link stays in the table.
          this.lines[term] = create("span", { innerHTML: innerHTML.replace(/<\/?a\b[^>]*>/g, "") });
          const ariaLabel = [read, here].map(said).filter(Boolean).join(": ");
          const key = create("button", { type: "button", ariaPressed: false, ariaLabel });
          key.dataset.term = term;
          keys.append(key);
          this.lines[term].toggleAttribute("off", true);
          line.append(this.lines[term]);
        }
        formula.after(keys);
        keys.addEventListener("focusin", (event) => light(named(event)));
        keys.addEventListener("focusout", () => light(held));
        button.addEventListener("click", () => {
          button.ariaPressed = this.toggleAttribute("numbers");
        });
        hosts.push(this);
      }

      say() {
        for (const [name, line] of Object.entries(this.lines)) {
          line.toggleAttribute("off", name !== (lit in this.lines ? lit : "none"));
        }
      }
    },
  );
})();
