/* Which fault gives this number: what is typed, held against the doctor's table. */
(() => {
"use strict";
const { Live, listing, minus, safe } = xent;

// As figure and fits of xent_lib/book/live/finder.py.
const figure = (x) => {
  if (!Number.isFinite(x)) return x > 0 ? "∞" : x < 0 ? "−∞" : "NaN";
  return minus(String(Number(x.toPrecision(4)) || 0));
};
const fits = (typed, x) => {
  if (!typed) return true;
  const text = typed.replace("−", "-").replace(",", ".").replace(/∞|inf(inity)?$/i, "Infinity");
  const value = Number(text);
  if (!Number.isFinite(value) || !Number.isFinite(x)) return Object.is(value, x);
  const [digits, power] = text.toLowerCase().split("e");
  const last = 10 ** (Number(power ?? 0) - (digits.split(".")[1] ?? "").length);
  return Math.abs(value - x) <= 0.5 * last + 2e-6 * Math.abs(x);
};
const isNumber = (typed) => /^([-+−]?(\d+[.,]?\d*|[.,]\d+)(e[+-]?\d+)?|nan|[-+−]?(∞|inf(inity)?))?$/i.test(typed);

const find = (entries, near, far) => entries.filter((one) => fits(near, Number(one[3])) && fits(far, Number(one[4])));

const MOST = 5; // shown

class Finder extends Live {
  start() {
    const fields = ["near", "far"], { rows } = this.config;
    this.live.innerHTML = `
      <p class="x-given">${listing(fields, (name, k) => `<label><span>${name} row: <em>mat</em> came, of ${rows[k]}</span><input name="${name}" autocomplete="off" inputmode="decimal" placeholder="your loss"></label>`)}</p>
      <p class="x-pair"><small>all known</small> <input type="range" min="0" step="1" aria-label="all known numbers of the near row"> <button class="x-yours">clear</button></p>
      <ul class="x-found"></ul>
      <details><summary>All numbers</summary></details>
      <p class="visually-hidden" role="status"></p>`;
    this.inputs = fields.map((name) => this.one(`[name=${name}]`));
    this.one("details").append(this.querySelector("table").cloneNode(true));
    // The slider goes from number to number.
    this.known = [...new Set(this.config.entries.map((one) => Number(one[3])))].filter(Number.isFinite).sort((a, b) => a - b);
    this.slider = this.one("[type=range]");
    this.slider.max = this.known.length - 1;
    this.live.addEventListener("input", ({ target }) => {
      if (target === this.slider) this.typed = [figure(this.known[target.value]), ""];
      this.update();
    });
    this.one("button").addEventListener("click", () => {
      this.typed = ["", ""];
      this.update();
      this.inputs[0].focus();
    });
    this.typed = this.config.given;
    this.update();
    clearTimeout(this.later); // said when something changes, not at first
  }

  state() {
    return { typed: this.typed };
  }

  get typed() {
    return this.inputs.map((input) => input.value.trim());
  }

  set typed(texts) {
    this.inputs.forEach((input, k) => (input.value = texts[k]));
  }

  update() {
    const { typed } = this, wrong = typed.map((text) => !isNumber(text));
    this.inputs.forEach((input, k) => (input.ariaInvalid = `${wrong[k]}`));
    const near = this.known.findIndex((x) => typed[0] && fits(typed[0], x));
    if (near >= 0) this.slider.value = near;
    this.slider.ariaValueText = figure(this.known[this.slider.value]);
    this.one(".x-yours").disabled = !typed.join("");
    const words = wrong.includes(true) ? ["A loss is a number, or NaN, or ∞."] : this.words(...typed);
    this.one(".x-found").innerHTML = listing(words, (text) => `<li>${text}</li>`);
    this.say(this.one(".x-found").textContent);
  }

  words(near, far) {
    if (!near && !far) return ["Give both rows to your loss, each by itself, and type what comes."];
    const found = find(this.config.entries, near, far);
    if (!found.length) return ["None of the known faults alone. <code>diagnose</code>, at the end of this chapter, tries two at once, and shows what is left."];
    const told = found.map(([what, mend, room]) => {
      if (!room) return `✓ <strong>Right</strong>, as far as ${near && far ? "these rows show" : "this row shows"}.`;
      const [title, anchor] = this.config.rooms[room];
      return `<strong>The loss is ${safe(what)}.</strong> To mend it, ${safe(mend)}. <a href="#${anchor}">Room ${room}: ${safe(title)}</a>`;
    });
    if (!found[0][2] && found.length > 1) return [told[0], `${found.length - 1} known faults give the same here. The ${near ? "far" : "near"} row would show them.`];
    const more = found.length - MOST;
    return more > 0 ? [...told.slice(0, MOST), `And ${more} more: with more digits there are fewer.`] : told;
  }
}

Object.assign(xent, { figure, find, isNumber });
customElements.define("xent-finder", Finder);
})();
