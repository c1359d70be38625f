/* Code that can be changed in its place: a text area without colour lies on the coloured code,
   so that keys, undo, composition and screen readers are the browser's own. */
const RunEditor = (() => {
  "use strict";

  // Three colours, as the book's own code has them.
  const tokens = (() => {
    const strings = [`"""[^]*?(?:"""|$)`, `'''[^]*?(?:'''|$)`]
      .concat([`"(?:\\\\.|[^"\\\\\\n])*"?`, `'(?:\\\\.|[^'\\\\\\n])*'?`]).join("|");
    const keywords = "and as assert async await break class continue def del elif else except " +
      "False finally for from global if import in is lambda None nonlocal not or pass raise " +
      "return True try while with yield";
    const parts = [
      "(?<c1>#.*)",
      `(?<s2>(?:\\b[bfrtuBFRTU]{1,2})?(?:${strings}))`,
      `(?<k>\\b(?:${keywords.replaceAll(" ", "|")})\\b)`,
    ];
    return new RegExp(parts.join("|"), "g");
  })();

  const element = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  };

  // By a command, so that the browser can undo it.
  const put = (area, text, start = area.selectionStart, end = area.selectionEnd) => {
    area.setSelectionRange(start, end);
    document.execCommand(text ? "insertText" : "delete", false, text);
  };

  // What Tab does to several lines, and Shift+Tab to one, too.
  const shiftLines = (area, from, back) => {
    const { value, selectionStart: start, selectionEnd: end } = area;
    const until = value.indexOf("\n", Math.max(start, end - 1));
    const block = value.slice(from, until < 0 ? value.length : until);
    const moved = back ? block.replace(/^ {1,4}/gm, "") : block.replace(/^(?=.)/gm, "    ");
    if (moved === block) return;
    put(area, moved, from, from + block.length);
    const place = Math.max(from, start + moved.length - block.length);
    if (start === end) area.setSelectionRange(place, place);
    else area.setSelectionRange(from, from + moved.length);
  };

  const tab = (area, from, line, back) => {
    const { value, selectionStart: start, selectionEnd: end } = area;
    if (back || value.slice(start, end).includes("\n")) shiftLines(area, from, back);
    else put(area, " ".repeat(4 - (line.length % 4)));
  };

  const newLine = (area, line) => {
    const indent = line.match(/^ */)[0];
    put(area, `\n${indent}${/:\s*(#.*)?$/.test(line) ? "    " : ""}`);
  };

  // Backspace in an indentation takes back a step of it.
  const unindent = (area, line) => {
    const { selectionStart: start, selectionEnd: end } = area;
    if (start !== end || !line || line.trim()) return false;
    put(area, "", start - ((line.length - 1) % 4) - 1, start);
    return true;
  };

  return class {
    constructor(pre, { name, hint = "", onRun, onLeave, onInput }) {
      this.pre = pre;
      this.given = pre.textContent.replace(/\s+$/, "");
      this.under = pre.cloneNode(true);
      this.under.removeAttribute("tabindex");
      this.under.setAttribute("aria-hidden", "true");
      this.area = element("textarea", {
        "aria-label": `Code of ${name}`,
        "aria-description": "Shift+Enter runs it. Tab indents. Escape leaves the editor.",
        spellcheck: "false",
        autocapitalize: "off",
        autocomplete: "off",
        autocorrect: "off",
        rows: "1",
        wrap: "off",
        placeholder: hint,
      });
      this.area.addEventListener("keydown", (event) => {
        if (!event.isComposing && this.key(event, onRun, onLeave)) event.preventDefault();
      });
      this.area.addEventListener("input", () => {
        this.paint();
        onInput();
      });
      this.frame = element("div", { class: "run-code" }, this.under, this.area);
      pre.replaceWith(this.frame);
      this.value = this.given;
    }

    get value() {
      return this.area.value;
    }

    set value(text) {
      this.area.value = text;
      this.paint();
    }

    close() {
      this.frame.replaceWith(this.pre);
    }

    focus(place = 0) {
      // The browser would show the end of the longest line.
      this.area.focus({ preventScroll: true });
      this.area.setSelectionRange(place, place);
      if (place) return;
      this.frame.scrollLeft = 0;
      this.frame.scrollIntoView({ block: "nearest" });
    }

    paint() {
      const text = `${this.area.value}\n`;
      const parts = [];
      let last = 0;
      for (const { index, 0: found, groups } of text.matchAll(tokens)) {
        const kind = Object.keys(groups).find((name) => groups[name] !== undefined);
        parts.push(text.slice(last, index), element("span", { class: kind }, found));
        last = index + found.length;
      }
      this.under.replaceChildren(...parts, text.slice(last));
    }

    // Whether the key was ours.
    key({ key, shiftKey, ctrlKey, metaKey, altKey }, onRun, onLeave) {
      const { value, selectionStart: start } = this.area;
      const from = value.lastIndexOf("\n", start - 1) + 1;
      const line = value.slice(from, start);
      if (key === "Escape") onLeave();
      else if (key === "Enter" && (shiftKey || ctrlKey || metaKey)) onRun();
      else if (key === "Enter") newLine(this.area, line);
      else if (key === "Tab" && !ctrlKey && !metaKey && !altKey) {
        tab(this.area, from, line, shiftKey);
      } else return key === "Backspace" && unindent(this.area, line);
      return true;
    }
  };
})();
