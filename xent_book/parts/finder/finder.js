/* Which fault gives this number: what is typed, held against the doctor's table. */
(() => {
  "use strict";
  const { Live, listing, minus, safe } = xent;

  // As figure and fits of __init__.py.
  const figure = (x) => {
    if (!Number.isFinite(x)) return x > 0 ? "∞" : x < 0 ? "−∞" : "NaN";
    return minus(String(Number(x.toPrecision(4)) || 0));
  };
  const fits = (typed, x) => {
    if (!typed) return true;
    const text = typed.replace("−", "-").replace(",", ".").replace(/∞|inf(inity)?$/i, "Infinity");
    const value = Number(text);
    if (!Number.isFinite(value) || !Number.isFinite(x)) {
      return !Number.isFinite(value) && !Number.isFinite(x);
    }
    const [digits, power] = text.toLowerCase().split("e");
    const last = 10 ** (Number(power ?? 0) - (digits.split(".")[1] ?? "").length);
    return Math.abs(value - x) <= 0.5 * last + 2e-6 * Math.abs(x);
  };
  const isNumber = (typed) =>
    /^([-+−]?(\d+[.,]?\d*|[.,]\d+)(e[+-]?\d+)?|nan|[-+−]?(∞|inf(inity)?))?$/i.test(typed);

  const find = (entries, near, far) =>
    entries.filter((one) => fits(near, Number(one[3])) && fits(far, Number(one[4])));

  // As Python prints a number: np.float64(0.49), tensor(0.49, grad_fn=…).
  const plain = (text) => text.trim().replace(/^[\w.]+\(([^),]*).*$/, "$1");

  // A size that is not among the usual ones: of a cap, or of a divisor.
  const size = (right, near, far) => {
    const [a, b] = right.slice(3).map(Number),
      [x, y] = [near, far].map((text) => Number(text.replace("−", "-").replace(",", ".")));
    if (near && far && Math.abs(x / a - y / b) < 0.002 * Math.abs(y / b)) {
      return [`Both are ${figure(y / b)} times what they should be`, 2];
    }
    if (far && fits(near, a) && y > 0 && y < b) {
      return [`A cap: p has a floor of ${Math.exp(-y).toExponential(1)}, whose −ln is ${far}`, 11];
    }
  };

  const MOST = 3; // shown

  class Finder extends Live {
    start() {
      const names = ["near", "far"], { rows } = this.config;
      this.live.innerHTML = `
      <p class="x-asked">${
        listing(names, (name, k) =>
          `<label><span>${name} row: <em>mat</em> came, <span class="x-one">of ${
            rows[k]
          }</span></span><input name="${name}" autocomplete="off" placeholder="your loss"></label>`)
      }</p>
      <p class="x-pair"><small>or see all</small> <input type="range" min="0" step="1"
        aria-label="one fault after the other"> <button class="x-yours">clear</button></p>
      <ul class="x-fits"></ul>
      <details><summary>All numbers</summary></details>
      <p class="visually-hidden" role="status"></p>`;
      this.inputs = names.map((name) => this.one(`[name=${name}]`));
      this.one("details").append(this.querySelector("table").cloneNode(true));
      // The slider goes from fault to fault, as the table does.
      this.pairs = [
        ...new Set(
          this.config.entries.filter((one) => one[5]).map((one) =>
            one.slice(3, 5).map((x) => figure(Number(x))).join(" ")
          ),
        ),
      ].map((pair) => pair.split(" "));
      this.slider = this.one("[type=range]");
      this.slider.max = this.pairs.length - 1;
      this.live.addEventListener("input", ({ target }) => {
        const texts = this.inputs.map((input) => input.value);
        this.type(target === this.slider ? this.pairs[target.value] : texts);
      });
      this.one("button").addEventListener("click", () => {
        this.type(["", ""]);
        this.inputs[0].focus();
      });
      this.place = 0; // of the slider, among the pairs
      this.type(this.config.given);
      clearTimeout(this.later); // said when something changes, not at first
    }

    state() {
      return { texts: this.texts, place: this.place };
    }

    type(texts) {
      this.texts = texts;
      this.update();
    }

    update() {
      const typed = this.texts.map(plain), wrong = typed.map((text) => !isNumber(text));
      this.inputs.forEach((input, k) =>
        Object.assign(input, { value: this.texts[k], ariaInvalid: `${wrong[k]}` })
      );
      const fit = (pair) => pair.every((text, k) => !typed[k] || text === typed[k]);
      const place = this.pairs.findIndex(fit);
      if (typed.join("") && place >= 0) this.place = place;
      this.slider.value = this.place;
      this.slider.ariaValueText = this.pairs[this.place].join(", ");
      this.one(".x-yours").disabled = !typed.join("");
      const words = wrong.includes(true)
        ? ["A loss is a number, or NaN, or ∞."]
        : this.words(...typed);
      this.one(".x-fits").innerHTML = listing(words, (text) => `<li>${text}</li>`);
      this.say(this.one(".x-fits").textContent);
    }

    words(near, far) {
      if (!near && !far) {
        return ["Give both rows to your loss, each by itself, and type what comes."];
      }
      const { entries } = this.config,
        found = find(entries, near, far),
        sized = size(entries[0], near, far);
      if (!found.length && sized) return [`<strong>${sized[0]}.</strong> ${this.link(sized[1])}`];
      if (!found.length) {
        return [
          'None of the known faults, in its usual sizes. <a href="#the-doctor">The doctor</a> ' +
          "knows all sizes, and tries two faults at once.",
        ];
      }
      const told = found.map(([what, mend, room]) =>
        room
          ? `<strong>The loss is ${safe(what)}.</strong> To mend it, ${safe(mend)}. ${
            this.link(room)
          }`
          : `✓ <strong>Right</strong>, as far as ${
            near && far ? "these rows show" : "this row shows"
          }.`
      );
      const more = found.length - 1,
        rest = near && far ? "More digits" : `The ${near ? "far" : "near"} row`;
      if (!found[0][2] && more) {
        return [
          told[0],
          `${more} known fault${more > 1 ? "s give" : " gives"} the same here. ${rest} would show.`,
        ];
      }
      return found.length > MOST
        ? [...told.slice(0, MOST), `And ${found.length - MOST} more.`]
        : told;
    }

    link(room) {
      const [title, anchor] = this.config.rooms[room];
      return `<a href="#${anchor}">Room ${room}: ${safe(title)}</a>`;
    }
  }

  Object.assign(xent, { figure, find, isNumber, plain, size });
  customElements.define("xent-finder", Finder);
})();
