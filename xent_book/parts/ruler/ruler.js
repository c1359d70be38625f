/* A loss on one scale with its other units, and what it says in words. */
(() => {
  "use strict";
  const { Live, clamp, listing, raised, safe, scientific } = xent;

  // A number for reading, the rules, and their bounds: as in xent_lib/doctor.
  const figure = (x) => {
    if (x !== x) return "–";
    if (x === Infinity) return "∞";
    if (x !== 0 && (x < 1e-3 || x >= 1e6)) return scientific(x);
    if (x === 0 || x >= 100) return x.toFixed(0).replace(/\B(?=(...)+$)/g, ",");
    return x.toFixed(2 + (x < 1) + (x < 0.1) + (x < 0.01));
  };

  const NEAR = 0.03, ZERO = 1e-6, LARGE = 1e6;

  const noLoss = (loss) => {
    if (loss !== loss) {
      return [
        "NaN: a mean over no tokens (0/0, if every target was ignored), or a NaN or an infinity among the logits.",
        "Count the tokens that were scored, then look at the logits.",
      ];
    }
    if (loss === Infinity) {
      return [
        "Infinite: a token came whose p was 0, or something overflowed.",
        "Compute the loss from the logits by the log-sum-exp, then look for a logit of −∞.",
      ];
    }
    if (loss <= -ZERO) {
      return [
        "Below 0, which −ln p never is, since p is at most 1.",
        "Check the sign, whether the probabilities sum to 1, and what else is added to the loss.",
      ];
    }
    if (loss < ZERO) {
      return [
        "Zero, or as good as zero, as if each token that came had p = 1.",
        "Hardly any new text is so certain. Check that tokens were scored at all, that the inputs do not hold the targets, and that large logits did not round the loss away.",
      ];
    }
  };

  const someLoss = (nats, vocabulary, length) => {
    const V = vocabulary || LARGE, equal = Math.log(V), twice = Math.log(Math.E + V - 1) - 1;
    const [symbol, tokens] = vocabulary ? ["V", "all V"] : ["1,000,000", "1,000,000"];
    const name = `ln ${symbol} = ${figure(equal)}`, every = `equal chances among ${tokens} tokens`;
    if (nats > (1 + NEAR) * equal) {
      const words = [
        `Above ${name}: worse than ${every}. A start can be so, if its logits are too large. Later, look for wrong targets (shifted twice, or not at all), a turned sign, a sum in place of a mean, or a model that is too sure of itself.`,
      ];
      if (nats * Math.LN2 <= (1 + NEAR) * equal) {
        words.push(`If these are bits, the loss is ${figure(nats * Math.LN2)} nats.`);
      }
      if (nats > 1 && Math.log(nats) <= (1 + NEAR) * equal) {
        words.push(`If it is a perplexity, the loss is its logarithm, ${figure(Math.log(nats))}.`);
      }
      return words;
    }
    if (vocabulary && nats >= (1 - NEAR) * equal) {
      return [
        `Near ${name}, the loss of ${every}. So an untrained model begins; later, next to nothing is learned.`,
      ];
    }
    const below = `Below ${name}, the loss of ${every}.`, bits = nats / Math.LN2 / (length || 1);
    return [
      `As if every token that came had p = ${figure(Math.exp(-nats))}: one of ${
        figure(Math.exp(nats))
      } equally likely tokens.`,
      bits < 0.25 || (vocabulary && nats < 0.05 * equal)
        ? "Low for text that the model has not seen. Check that the inputs do not hold the targets, that no padding is scored, and that the text was not trained on."
        : !vocabulary
        ? "If that is the size of the vocabulary, these are equal chances, as before any training."
        : nats >= 0.995 * twice
        ? `${below} A softmax taken twice cannot bring it below ${
          figure(twice)
        }: if it comes to rest here, look for a second one.`
        : `${below} Before any training it would be too low: then look for targets among the inputs, or ignored tokens counted in the mean.`,
      !length
        ? "Whether it is good depends on the text and the tokenizer. With the bytes a token, it can be compared across tokenizers, on the same text."
        : bits > 8
        ? "More than 8 bits a byte: the bytes as they are take less. Check how many a token has."
        : `At ${figure(bits)} bits a byte it can be compared across tokenizers, on the same text.`,
    ];
  };

  const readLoss = (loss, vocabulary, length) => {
    const nats = loss > -ZERO ? Math.max(0, loss) : NaN, bits = nats / Math.LN2;
    const numbers = [
      nats,
      bits,
      Math.exp(nats),
      Math.exp(-nats),
      nats / (vocabulary ? Math.log(vocabulary) : NaN),
      bits / (length ?? NaN),
    ];
    const shown = numbers.map(figure);
    if (nats > 700 && nats < Infinity) [shown[2], shown[3]] = ["over 10³⁰⁰", "under 10⁻³⁰⁰"];
    if (vocabulary && nats === nats) shown[4] = `${figure(100 * numbers[4])}%`;
    return { numbers, shown, words: noLoss(loss) || someLoss(nats, vocabulary, length) };
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
      "A vocabulary has 2 to 1,000,000,000 tokens, or is left out.",
      (text) => {
        const V = Number(text.replace(/[,.\s](?=\d{3}(\D|$))/g, ""));
        return !text ? null : Number.isInteger(V) && V >= 2 && V <= 1e9 ? V : undefined;
      },
    ],
    bytes: ["bytes a token", "The bytes a token are from 0.1 to 1,000, or left out.", (text) => {
      const length = decimal(text);
      return !text ? null : length >= 0.1 && length <= 1000 ? length : undefined;
    }],
  };
  const names = Object.keys(fields);
  const units = ["nats", "bits", "perplexity", "p", "share of ln V", "bits a byte"];

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
          `<div><dt>${unit}</dt><dd class="x-marks" aria-hidden="true"></dd>
      ${
            i
              ? ""
              : '<dd class="x-hold"><input type="range" class="x-hit" min="0" step="0.01" aria-label="loss in nats"></dd>'
          }<dd class="x-value"></dd></div>`)
      }</dl>
      <p class="x-beyond"><small><span>Shaded: worse than equal chances.</span> <button class="x-yours">reset</button></small></p>
      <p class="x-words"></p>
      <p class="visually-hidden" role="status"></p>`;
      this.inputs = names.map((name) => this.one(`[name=${name}]`));
      this.slider = this.one("[type=range]");
      this.live.addEventListener("input", ({ target }) => {
        if (target === this.slider) this.inputs[0].value = Number(target.value).toFixed(2);
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
      this.first = this.given = [loss, vocabulary?.toLocaleString("en") ?? "", bytes ?? ""];
      this.update();
    }

    state() {
      return { given: this.given };
    }

    get given() {
      return this.inputs.map((input) => input.value);
    }

    set given(texts) {
      texts.forEach((text, i) => (this.inputs[i].value = text));
    }

    update() {
      const values = names.map((name, i) => fields[name][2](this.inputs[i].value.trim()));
      const wrong = values.map((value) => value === undefined);
      this.inputs.forEach((input, i) => (input.ariaInvalid = `${wrong[i]}`));
      if (wrong.includes(true)) {
        return this.write(units.map(() => "–"), [fields[names[wrong.indexOf(true)]][1]], NaN);
      }
      const [, vocabulary, bytes] = values, { shown, words, numbers: [nats] } = readLoss(...values);
      const top = vocabulary ? 1.25 * Math.log(vocabulary) : 14;
      const place = ([at, text]) => `<span style="left: ${100 * at}%">${text}</span>`;
      scales(top, vocabulary, bytes).forEach((
        scale,
        i,
      ) => (this.all(".x-marks")[i].innerHTML = listing(scale, place)));
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
