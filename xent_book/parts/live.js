/* What the live parts share: the numerics, which the tests hold to 50-digit arithmetic,
   and an element that puts controls in the place of a table that Python computed. */
const xent = (() => {
  "use strict";

  // ln p of every logit. The largest goes first: exp cannot overflow, and log1p
  // keeps a loss that is nearly 0 exact.
  const logProbabilities = (o, T = 1) => {
    const top = o.indexOf(o.reduce((a, b) => Math.max(a, b)));
    const z = o.map((x) => (x - o[top]) / T);
    const rest = z.reduce((sum, x, i) => (i === top ? sum : sum + Math.exp(x)), 0);
    return z.map((x) => x - Math.log1p(rest));
  };

  const evaluate = (o, target, T = 1) => {
    const logs = logProbabilities(o, T);
    const p = logs.map(Math.exp);
    const loss = 0 - logs[target];
    // 1 − p would lose its digits near p = 1; expm1 does not.
    const gradient = p.map((q, i) => (i === target ? Math.expm1(-loss) : q) / T);
    return { p, loss, bits: loss / Math.LN2, gradient };
  };

  const sum = (list) => list.reduce((a, b) => a + b, 0);

  const minus = (text) => text.replace("-", "−");
  const raised = (power) =>
    `10${`${power}`.replace(/./g, (c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c] ?? ""))}`;
  const scientific = (x) => {
    const [digit, power] = x.toExponential(1).split("e");
    return `${minus(digit)}·${raised(power)}`;
  };
  const show = (x, digits = 3) => {
    if (!Number.isFinite(x)) return x > 0 ? "∞" : x < 0 ? "−∞" : "NaN";
    if (x === 0 || Math.abs(x) >= 0.5 * 10 ** -digits) return minus(x.toFixed(digits));
    return scientific(x);
  };

  const safe = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
  const clamp = (x, low, high) => Math.min(high, Math.max(low, x));
  // How many pixels of the screen one of its own takes: on a slide it is zoomed.
  const zoomed = (one) => one.getBoundingClientRect().width / one.offsetWidth || 1;
  const listing = (list, make) => list.map(make).join("");

  // What is drawn: lines, dots, words, and an axis with its marks and their numbers. Words have a
  // halo: what a line crosses can still be read.
  const path = (name, d) => `<path class="${name}" d="${d}"/>`;
  const circle = (x, y, r, name) => `<circle class="${name}" cx="${x}" cy="${y}" r="${r}"/>`;
  const text = (x, y, words, name = "") =>
    `<text x="${x}" y="${y}" class="${name}">${words}</text>`;
  const axis = (y, marks) =>
    listing(
      marks,
      ([x, words, name = "x-mid"]) => path("x-axis", `M${x} ${y}v5`) + text(x, y + 20, words, name),
    );

  // One of a few, side by side; what each part calls its own.
  const choices = (group, legend, values, look = "") =>
    `<fieldset class="x-choice"><legend class="${look}">${legend}</legend>${
      listing(values, (value) =>
        `<label><input type="radio" name="${group}-${legend}" value="${value}">${value}</label>`)
    }</fieldset>`;
  let count = 0;

  class Live extends HTMLElement {
    connectedCallback() {
      if (this.live) return;
      this.name = `xent-${++count}`;
      this.config = JSON.parse(this.getAttribute("config"));
      this.live = document.createElement("div");
      this.live.className = "x-live";
      this.prepend(this.live);
      this.setAttribute("live", "");
      // A finger that goes on to scroll the page takes back what it moves from here on.
      this.live.addEventListener("pointerdown", ({ target }) => {
        this.kept = target.closest("[type=range], [role=slider], .x-chart") && this.state();
      }, true);
      this.live.addEventListener("pointercancel", () => {
        if (this.kept) Object.assign(this, this.kept).update();
      });
      this.start();
    }
    // A screen reader hears the result, not every step of the way to it.
    say(text) {
      const tell = (words) => (this.one("[role=status]").textContent = words);
      if (this.one("[role=status]").textContent !== text) tell(""); // no longer true
      clearTimeout(this.later);
      this.later = setTimeout(tell, 400, text);
    }
    // Takes the numbers of this part to their goal, at once where nothing may move.
    glide(goal, ms = 900, then) {
      const from = Object.fromEntries(Object.keys(goal).map((key) => [key, this[key]]));
      const { matches: still } = matchMedia("(prefers-reduced-motion: reduce)");
      let began;
      const step = (now) => {
        // The time of a frame may be earlier than that of the call that asked for it.
        const t = still ? 1 : clamp((now - (began ??= now)) / ms, 0, 1),
          share = t * t * (3 - 2 * t);
        for (const key in goal) {
          this[key] = t < 1 ? from[key] + share * (goal[key] - from[key]) : goal[key];
        }
        this.update();
        if (t < 1) this.frame = requestAnimationFrame(step);
        else then?.();
      };
      cancelAnimationFrame(this.frame);
      step(performance.now());
    }
    // What moves is where it goes to.
    rest() {
      cancelAnimationFrame(this.frame);
      Object.assign(this, this.goal);
    }
    one(selector) {
      return this.live.querySelector(selector);
    }
    all(selector) {
      return [...this.live.querySelectorAll(selector)];
    }
  }

  return {
    Live,
    axis,
    choices,
    circle,
    clamp,
    evaluate,
    listing,
    logProbabilities,
    minus,
    path,
    raised,
    safe,
    scientific,
    show,
    sum,
    text,
    zoomed,
  };
})();
