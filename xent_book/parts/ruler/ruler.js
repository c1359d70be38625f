/* A loss on one scale with its other units, and what it says in words. */
(() => {
  "use strict";
  const { Live, clamp, listing, raised, safe, scientific } = xent;

  // Numbers for reading, and what a loss says: as in xent_lib/_read_loss.py, whose table
  // of cases the part is given.
  const ZERO = 1e-6, LARGE = 1e6;

  const figure = (x) => {
    if (x !== x) return "–";
    if (x === Infinity) return "∞";
    if (x !== 0 && (x < 1e-3 || x >= 1e6)) return scientific(x);
    if (x === 0 || x >= 100) return x.toFixed(0).replace(/\B(?=(...)+$)/g, ",");
    return x.toFixed(2 + (x < 1) + (x < 0.1) + (x < 0.01));
  };

  // What the first case says that holds, with its numbers.
  const said = (cases, numbers) => {
    const [, words] = cases.find(([condition]) => holds(condition, numbers)) ?? [, []];
    const shown = (_, name) => figure(numbers[name]);
    return words.flatMap((word) =>
      Array.isArray(word) ? said(word, numbers) : word.replace(/{(\w+)}/g, shown)
    );
  };

  // Whether "nats > 1.03 equal" is so, or nothing is asked.
  const holds = (condition, numbers) => {
    const [name, sign, factor, unit] = condition.split(" ");
    const x = numbers[name], bound = factor * (numbers[unit] ?? 1);
    return !sign || (sign[0] === "<" ? x < bound : x > bound) || (sign[1] && x === bound);
  };

  const readLoss = (cases, loss, vocabulary, bytes) => {
    const V = vocabulary ?? NaN, equal = Math.log(V);
    const nats = loss > -ZERO ? Math.max(0, loss) : NaN, bits = nats / Math.LN2;
    const numbers = {
      nats,
      bits,
      perplexity: Math.exp(nats),
      p: Math.exp(-nats),
      share: nats / equal,
      bits_per_byte: bits / (bytes ?? NaN),
    };
    const others = {
      loss,
      equal,
      large: vocabulary ? NaN : Math.log(LARGE),
      twice: Math.log(Math.E + V - 1) - 1,
      if_bits: nats * Math.LN2,
      if_perplexity: nats > 1 ? Math.log(nats) : NaN,
      most_bits: bits / (bytes ?? 1), // a token has a byte or more
    };
    const shown = Object.values(numbers).map(figure);
    if (nats > 700 && nats < Infinity) [shown[2], shown[3]] = ["over 10³⁰⁰", "under 10⁻³⁰⁰"];
    if (shown[4] !== "–") shown[4] = `${figure(100 * numbers.share)}%`;
    return { numbers, shown, words: said(cases, { ...numbers, ...others }) };
  };

  // What is typed, with a point or a comma; undefined where it is not what it should be.
  const decimal = (text) => Number(text.replace("−", "-").replace(",", "."));
  const fields = {
    loss: ["loss in nats", "A loss is a number, or NaN, or ∞.", (text) => {
      if (/^nan$/i.test(text)) return NaN;
      const x = decimal(text.replace(/∞|inf(inity)?$/i, "Infinity"));
      return text && x === x ? x : undefined;
    }],
    vocabulary: [
      "vocabulary V",
      "Enter a vocabulary of 2 to 1,000,000,000 tokens, or leave it out.",
      (text) => {
        const V = Number(text.replace(/[,.\s](?=\d{3}(\D|$))/g, ""));
        return !text ? null : Number.isInteger(V) && V >= 2 && V <= 1e9 ? V : undefined;
      },
    ],
    bytes: ["bytes per token", "Enter 0.1 to 1,000 bytes per token, or leave it out.", (text) => {
      const length = decimal(text);
      return !text ? null : length >= 0.1 && length <= 1000 ? length : undefined;
    }],
  };
  const names = Object.keys(fields);
  const units = ["nats", "bits", "perplexity", "p", "share of ln V", "bits per byte"];

  // The marks of a scale up to `top`, few enough to read: their place from 0 to 1, and their text.
  const marks = (step, top, write) =>
    [...Array(Math.floor(0.98 * top / step) + 1).keys()].map((k) => [k * step / top, write(k)]);
  const linear = (top) => {
    const least = 10 ** Math.floor(Math.log10(top / 8)),
      step = [1, 2, 5, 10].map((x) => x * least).find((x) => top / x <= 8);
    return marks(step, top, (k) => String(Number((k * step).toPrecision(9))));
  };
  const powers = (top, base, write) => {
    const by = Math.ceil((Math.floor(top / Math.log(base)) + 1) / 6);
    return marks(by * Math.log(base), top, (k) => write(k * by));
  };

  const scales = (top, vocabulary, length) => {
    const base = top > 3 * Math.LN10 ? 10 : 2, ten = base === 10;
    return [
      linear(top),
      linear(top / Math.LN2),
      powers(top, base, (k) => (k < 4 || !ten ? (base ** k).toLocaleString("en") : raised(k))),
      powers(
        top,
        base,
        (
          k,
        ) => (k < 4 && ten
          ? String(Number((10 ** -k).toFixed(3)))
          : ten
          ? raised(-k)
          : k
          ? `1/${2 ** k}`
          : "1"),
      ),
      vocabulary ? marks(0.2, 1, (k) => `${25 * k}%`).slice(0, 5) : [],
      length ? linear(top / Math.LN2 / length) : [],
    ];
  };

  class Ruler extends Live {
    start() {
      this.live.innerHTML = `
      <p class="x-given">${
        listing(names, (name) =>
          `<label>${fields[name][0]}<input name="${name}" autocomplete="off"${
            name === "loss" ? "" : ' inputmode="decimal"'
          }></label>`)
      }</p>
      <dl class="x-scales">${
        listing(units, (unit, i) =>
          `<div class="x-row"><dt>${unit}</dt><dd class="x-marks x-how" aria-hidden="true"></dd>
      ${
            i ? "" : '<dd class="x-hold"><input type="range" class="x-hit" min="0" step="0.01" ' +
              'aria-label="loss in nats"></dd>'
          }<dd class="x-value x-end"></dd></div>`)
      }</dl>
      <p class="x-under x-beyond"><small><span>Shaded: worse than a blind guess.</span></small
        ><button class="x-yours">Reset</button></p>
      <p class="x-words x-text"></p>
      <p class="visually-hidden" role="status"></p>`;
      this.inputs = names.map((name) => this.one(`[name=${name}]`));
      this.slider = this.one("[type=range]");
      this.live.addEventListener("input", ({ target }) => {
        this.given = this.inputs.map((input) => input.value);
        if (target === this.slider) this.given[0] = Number(target.value).toFixed(2);
        this.update();
      });
      this.one("button").addEventListener("click", () => {
        this.reset();
        this.inputs[0].focus();
      });
      this.reset();
      clearTimeout(this.later); // said when something changes, not at first
    }

    reset() {
      const { loss, vocabulary, bytes } = this.config;
      this.first = this.given = [
        `${loss}`,
        vocabulary?.toLocaleString("en") ?? "",
        `${bytes ?? ""}`,
      ];
      this.update();
    }

    sent() {
      return this.given.join("~");
    }

    follow(text) {
      const given = text.split("~");
      if (given.length !== names.length) return;
      this.given = given;
      this.update();
    }

    state() {
      return { given: this.given };
    }

    update() {
      const values = names.map((name, i) => fields[name][2](this.given[i].trim()));
      const wrong = values.map((value) => value === undefined);
      this.inputs.forEach((input, i) =>
        Object.assign(input, { value: this.given[i], ariaInvalid: `${wrong[i]}` })
      );
      if (wrong.includes(true)) {
        return this.write(units.map(() => "–"), [fields[names[wrong.indexOf(true)]][1]], NaN);
      }
      const [, vocabulary, bytes] = values;
      const { shown, words, numbers: { nats } } = readLoss(this.config.cases, ...values);
      const top = vocabulary ? 1.25 * Math.log(vocabulary) : 14;
      const place = ([at, text]) => `<span style="left: ${100 * at}%">${text}</span>`;
      const rows = scales(top, vocabulary, bytes);
      rows.forEach((scale, i) => (this.all(".x-marks")[i].innerHTML = listing(scale, place)));
      // A number that stands in the line's way breaks it.
      const wide = this.one(".x-marks").clientWidth;
      this.all(".x-scales > div").forEach((row, i) =>
        row.classList.toggle(
          "x-cut",
          rows[i].some(([at, text]) => Math.abs(at - nats / top) * wide < 4 * text.length + 5),
        )
      );
      this.slider.max = top;
      if (nats === nats) this.slider.value = clamp(nats, 0, top);
      this.slider.ariaValueText = `${shown[0]} nats`;
      this.one(".x-beyond span").style.visibility = vocabulary ? "" : "hidden";
      this.style.setProperty("--beyond", vocabulary ? 0.2 : 0);
      this.write(shown, words, nats / top);
    }

    // What holds, in figures and in words, and where on the scale: nowhere, if that is NaN.
    write(shown, words, at) {
      this.all(".x-value").forEach((node, i) => (node.textContent = shown[i]));
      this.one(".x-words").innerHTML = listing(words, (text) => `<span>${safe(text)}</span>`);
      this.one(".x-scales").classList.toggle("x-none", at !== at);
      this.one(".x-scales").style.setProperty("--at", clamp(at || 0, 0, 1));
      this.one(".x-yours").disabled = this.given.join() === this.first.join();
      this.say(
        (at === at ? `${shown[0]} nats, ${shown[1]} bits, perplexity ${shown[2]}. ` : "") +
          words.join(" "),
      );
    }
  }

  Object.assign(xent, {
    readLoss,
    scales,
    typed: Object.fromEntries(names.map((name) => [name, fields[name][2]])),
  });
  customElements.define("xent-ruler", Ruler);
})();
