/* Outputs of cells, as notebooks store them: shown in the page, and compared. */
const runOutputs = (() => {
  "use strict";
  const base = new URL(".", document.currentScript.src);
  const colours = {
    "#c2410c": "--xent-target",
    "#5b7083": "--xent-quiet",
    "#1f2933": "--xent-ink",
  };
  let figures = 0;

  const box = (kind, ...inside) => {
    const made = document.createElement("div");
    made.className = `output ${kind}`;
    made.append(...inside);
    return made;
  };
  const text = (content, kind) => {
    const [code, pre] = ["div", "pre"].map((tag) => document.createElement(tag));
    code.className = "highlight";
    pre.textContent = content;
    code.append(pre);
    return box(kind, code);
  };
  const drawn = (kind, html) => {
    const { content, left } = runClean(html);
    bringParts(content);
    const note = `Removed, since an output may not lead anywhere: ${left.join(", ")}`;
    return box(kind, content, ...left.length ? [text(note, "stream")] : []);
  };

  // As the build sets a figure into a page: with ids of its own, and the theme's colours.
  const figure = (svg) => {
    const own = `run${++figures}-`;
    const inside = svg.slice(svg.indexOf("<svg")).replace(/<(metadata|style)\b[^]*?<\/\1>/g, "")
      .replace(/(\bid="|url\(#|href="#)/g, `$1${own}`)
      .replace(/#c2410c|#5b7083|#1f2933/g, (colour) => `var(${colours[colour]})`);
    const label = "The figure that this cell drew";
    const kind = inside.includes(" opacity") ? "figure-svg pale" : "figure-svg";
    return drawn(
      "",
      inside.replace("<svg", `<svg class="${kind}" role="img" aria-label="${label}"`),
    );
  };

  // A live part that the page has not: its script and style sheet, after what all share.
  const bringParts = (content) => {
    const found = [...content.querySelectorAll("[config]")].map(({ localName }) => localName);
    const named = new Set(found.map((name) => name.replace("xent-", "")));
    for (const name of named.size ? ["live", ...named] : []) {
      if (document.querySelector(`script[src*="/${name}.js"]`)) continue;
      const script = document.createElement("script");
      script.src = new URL(`${name}.js`, base);
      script.async = false;
      document.head.append(script);
      if (name === "live") continue; // in the sheet of all
      const sheet = document.createElement("link");
      sheet.rel = "stylesheet";
      sheet.href = new URL(`${name}.css`, base);
      sheet.dataset.part = name;
      document.head.append(sheet);
    }
  };

  const show = ({ output_type: type, name, text: printed, data, traceback }) => {
    if (type === "stream") {
      const kind = name === "stderr" ? " run-stderr" : printed.startsWith("✗") ? " run-broken" : "";
      return text(printed, `stream${kind}`);
    }
    if (type === "error") return text(traceback.join("\n"), "run-error");
    if (data["text/html"] !== undefined) return drawn("text_html", data["text/html"]);
    if (data["image/svg+xml"]) return figure(data["image/svg+xml"]);
    if (data["image/png"]) {
      const source = `data:image/png;base64,${data["image/png"]}`;
      return drawn("", `<img alt="The image that this cell drew" src="${source}">`);
    }
    const code = data["text/markdown"]?.match(/^```python\n([^]*?)\n?```$/);
    return text(code?.[1] ?? data["text/markdown"] ?? data["text/plain"], "text_plain");
  };

  // What counts of outputs: not whether text came in one piece, nor the name of an object.
  const essence = (outputs) => {
    const list = [];
    for (const { output_type: type, name, text: printed, data, ename, evalue } of outputs) {
      const last = list.at(-1);
      if (type === "stream" && last?.[0] === name) last[1] += printed;
      else if (type === "stream") list.push([name, printed]);
      else if (type === "error") list.push([type, `${ename}: ${evalue}`]);
      else {
        const kinds = ["text/html", "image/svg+xml", "text/markdown", "text/plain"];
        const kind = kinds.find((one) => data[one] !== undefined);
        list.push([kind, data[kind].trim()]);
      }
    }
    return list;
  };

  // Another release of matplotlib draws the same figure by other means: its words and numbers
  // are the same, and stand where they stood, within a fiftieth of the width.
  const words = (svg) => [...svg.matchAll(/<text[^>]*>([^<]*)/g)].map(([, word]) => word).join("|");
  const places = (svg) =>
    [...svg.matchAll(/<text[^>]*? x="([-\d.]+)" y="([-\d.]+)"/g)].flatMap(([, x, y]) => [+x, +y]);
  const alike = (one, other) => {
    const [a, b] = [places(one), places(other)];
    const width = +one.match(/viewBox="0 0 ([\d.]+)/)?.[1];
    const near = (x, i) => Math.abs(x - b[i]) < width / 50;
    return words(one) === words(other) && a.length === b.length && a.every(near);
  };

  // "same", "alike" or "differs".
  const compare = (came, stored) => {
    const [one, other] = [essence(came), essence(stored)];
    if (one.length !== other.length) return "differs";
    const states = one.map(([kind, content], i) => {
      const [expected, before] = other[i];
      if (kind !== expected) return "differs";
      if (content === before) return "same";
      return kind === "image/svg+xml" && alike(content, before) ? "alike" : "differs";
    });
    return ["differs", "alike"].find((state) => states.includes(state)) ?? "same";
  };

  return { show, compare };
})();
