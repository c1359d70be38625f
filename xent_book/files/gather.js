/* The article of the page as it is printed: what paper hides is left out, folds are open, and
   drawings carry their colours. In a browser that emulates print; `epub` asks for XHTML that needs
   neither custom elements nor the book's style sheets. */
((epub) => {
  const article = document.querySelector(".bd-article").cloneNode(true);
  const live = document.querySelector(".bd-article");
  // Both trees have the same elements in the same order, until some are removed.
  const pairs = [...live.querySelectorAll("*")].map((from, i) => [from, i]);
  const copies = [...article.querySelectorAll("*")];
  const gone = [];
  for (const [from, i] of pairs) {
    const to = copies[i], style = getComputedStyle(from);
    const formula = from.closest(".katex-mathml");
    if (
      style.display === "none" && !formula || from.matches("script, style, button, input, .ask")
    ) {
      gone.push(to);
      continue;
    }
    to.removeAttribute("tabindex");
    if (to.getAttribute("role") === "slider" || to.getAttribute("role") === "spinbutton") {
      to.removeAttribute("role");
    }
    for (const { name } of [...to.attributes]) {
      const of = epub
        ? /^(on|data-|aria-(?!label|hidden)|rel$|target$|download$|config$|content|width$|height$)/
        : /^(on|data-|config$)/;
      if (of.test(name) && !(from instanceof SVGElement && /width|height/.test(name))) {
        to.removeAttribute(name);
      }
    }
    if (epub && from instanceof SVGElement) {
      for (
        const name of [
          "fill",
          "stroke",
          "stroke-width",
          "stroke-dasharray",
          "font-size",
          "font-weight",
          "text-anchor",
          "opacity",
        ]
      ) {
        const value = style.getPropertyValue(name);
        if (
          value &&
          from.matches("path, line, rect, circle, ellipse, polyline, polygon, text, tspan, use, g")
        ) {
          to.setAttribute(name, value);
        }
      }
      to.removeAttribute("style");
      to.removeAttribute("class");
    }
  }
  gone.forEach((one) => one.remove());
  for (const title of article.querySelectorAll("h1")) {
    title.textContent = title.textContent.replace(/\s+/g, " ");
  }
  const rename = (from, name) => {
    const to = document.createElement(name);
    to.append(...from.childNodes);
    for (const { name: key, value } of [...from.attributes]) {
      if (["id", "class", "lang"].includes(key)) to.setAttribute(key, value);
    }
    from.replaceWith(to);
    return to;
  };
  const told = new Set();
  for (const part of article.querySelectorAll("*")) {
    // Once of each kind: the museum has one in each room.
    if (/^XENT-/.test(part.tagName) && !told.has(part.tagName)) {
      told.add(part.tagName);
      const note = document.createElement("p");
      note.className = "moves";
      note.append(Object.assign(document.createElement("a"), {
        href: location.pathname.split("/").pop() + "#" + (part.closest("section[id]")?.id ?? ""),
        textContent: "On the book’s site, this moves.",
      }));
      note.firstChild.setAttribute("data-live", "");
      part.append(note);
    }
  }
  if (!epub) return new XMLSerializer().serializeToString(article);
  for (const part of [...article.querySelectorAll("*")].reverse()) {
    if (/-/.test(part.tagName) && part.namespaceURI.endsWith("xhtml")) rename(part, "div");
  }
  for (const fold of [...article.querySelectorAll("details")].reverse()) {
    rename(fold, "div").classList.add("fold");
  }
  for (const summary of article.querySelectorAll("summary")) {
    rename(summary, "p").classList.add("summary");
  }
  for (const formula of article.querySelectorAll(".katex, .katex-display")) {
    const math = formula.querySelector("math");
    if (!math) continue;
    math.querySelectorAll("annotation").forEach((one) => one.remove());
    const semantics = math.querySelector("semantics");
    semantics?.replaceWith(...semantics.childNodes);
    formula.replaceWith(math);
  }
  return new XMLSerializer().serializeToString(article);
});
