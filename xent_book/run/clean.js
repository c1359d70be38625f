/* What an output may be made of. It may come from a stranger's code, which an address can hold, so
   nothing in it may lead out of the book or send anything: no script, form, frame or redirect, and
   of addresses those of the book and of what is drawn. A page's policy stops what loads, but not
   what navigates. */
const runClean = (() => {
  "use strict";
  const list = (names) => new Set(names.split(" "));
  const XHTML = "http://www.w3.org/1999/xhtml";
  const ELEMENTS = {
    [XHTML]: list(
      "a abbr b bdi bdo blockquote br caption cite code col colgroup dd del details dfn div dl " +
        "dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q rp rt " +
        "ruby s samp section small span strong sub summary sup table tbody td tfoot th thead " +
        "time tr u ul var wbr",
    ),
    "http://www.w3.org/2000/svg": list(
      "circle clipPath defs desc ellipse g image line linearGradient marker mask path pattern " +
        "polygon polyline radialGradient rect stop svg symbol text textPath title tspan use",
    ),
  };
  const ATTRIBUTES = new RegExp(
    "^(?:alt|class|[cf]?[xyr]|colspan|d|dir|d[xy]|" +
      "data-(?:along|bet|early|fives|joined|late|others|real|who)|height|id|lang|" +
      "offset|opacity|open|overflow|points|preserveAspectRatio|r[xy]|" +
      "role|rotate|rowspan|scope|spread.*|start|style|title|transform|vector-effect|version|" +
      "viewBox|width|xmlns.*|[xy][12]|" +
      "(?:aria|clip|color|dominant|fill|font|gradient|letter|marker|mask|orient|paint|pattern|" +
      "ref|shape|stop|stroke|text|word|writing)[-\\w]*)$",
    "i",
  );
  const home = new URL("..", document.currentScript.src).href;

  // What is drawn may name another piece of the same drawing.
  const DRAWN = /^(?:style|clip|fill|marker|mask|stroke)/;
  const loads = (value) => /\\|(?:image|image-set|src|url)\((?!["']?#)/i.test(value);

  const tried = (make) => {
    try {
      return make();
    } catch {
      return undefined;
    }
  };
  // Live parts write what they are given as HTML: there no text may begin a tag or end a value.
  const harmless = (config) =>
    tried(() => JSON.stringify(JSON.parse(config)))
      ?.replace(/\\./g, (pair) => (pair === '\\"' ? "”" : pair))
      .replace(/<(?=[a-z/!?])/gi, "<\u2060");
  const inside = (address) => tried(() => new URL(address, location).href.startsWith(home));
  const mayName = (element, address) => {
    if (element === "a") return inside(address);
    return address.startsWith(/^ima?ge?$/.test(element) ? "data:image/" : "#");
  };

  // The nodes of this HTML that may be shown, and what is left out of it.
  return (html) => {
    const { content } = Object.assign(document.createElement("template"), { innerHTML: html });
    const left = new Set();
    const cleanAttributes = (one) => {
      for (const { name, value } of [...one.attributes]) {
        if (name === "config") one.setAttribute(name, harmless(value));
        else if (/^(?:src|(?:xlink:)?href)$/.test(name)) {
          if (mayName(one.localName, value)) continue;
          left.add(`${name}="${value}"`);
          one.removeAttribute(name);
        } else if (!ATTRIBUTES.test(name) || (DRAWN.test(name) && loads(value))) {
          one.removeAttribute(name);
        }
      }
    };
    const isPart = (one) =>
      one.localName === "xent-thread" || // all that it reads are numbers and names
      (/^xent-\w+$/.test(one.localName) && harmless(one.getAttribute("config")));
    const clean = (parent) => {
      for (const one of [...parent.children]) {
        if (ELEMENTS[one.namespaceURI]?.has(one.localName) || isPart(one)) {
          cleanAttributes(one);
          clean(one);
        } else {
          left.add(`<${one.localName}>`);
          parent.removeChild(one);
        }
      }
    };
    clean(content);
    return { content, left: [...left] };
  };
})();
