/* The loss as a machine computes it: each result on the way is rounded to a dtype. */
(() => {
  "use strict";
  const { Live, evaluate, listing, minus, safe, show } = xent;

  // Of each dtype: binary digits, the exponent of its least normal number, its largest.
  const DTYPES = {
    float16: [11, -14, 65504],
    bfloat16: [8, -126, 2 ** 128 - 2 ** 120],
    float32: [24, -126, 2 ** 128 - 2 ** 104],
    float64: [53, -1022, Number.MAX_VALUE],
  };

  // How far the numbers of a dtype are apart at x.
  const unit = (x, [digits, least]) => {
    let exponent = Math.floor(Math.log2(Math.abs(x)));
    if (2 ** exponent > Math.abs(x)) exponent--;
    return 2 ** (Math.max(exponent, least) - digits + 1);
  };

  // The nearest number of a dtype, an even one between two.
  const rounded = (x, dtype) => {
    if (dtype === "float64" || !x || !Number.isFinite(x)) return x;
    const step = unit(x, DTYPES[dtype]), n = x / step;
    let near = Math.round(n);
    if (Math.abs(n % 1) === 0.5 && near % 2) near--;
    return Math.abs(near * step) > DTYPES[dtype][2] ? Math.sign(x) * Infinity : near * step;
  };

  const compute = (logits, target, dtype, method) => {
    const r = (x) => rounded(x, dtype);
    const o = logits.map(r), top = Math.max(...o);
    const e = o.map((x) => r(Math.exp(r(method ? x - top : x))));
    const total = e.reduce((sum, x) => r(sum + x));
    const loss = [
      () => 0 - r(Math.log(r(e[target] / total))),
      () => r(r(top + r(Math.log(total))) - o[target]),
      () => r(r(top - o[target]) + r(Math.log(total))),
    ][method]();
    return { o, e, total, loss };
  };

  // What became of the loss, and why.
  const remark = ({ o, total, loss }, logits, target, dtype) => {
    const right = evaluate(logits, target).loss;
    const largest = o.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a));
    const moved = o.some((x, i) => Math.abs(x - o[target] - (logits[i] - logits[target])) > 0.0005);
    if (total === Infinity) {
      return `exp(${
        logit(Math.max(...o))
      }) is beyond the largest number of ${dtype}, and ∞/∞ is no number.`;
    }
    if (total === 0) return `All exponentials round to 0 in ${dtype}, and 0/0 is no number.`;
    if (loss === Infinity) return "The probability rounds to 0, and −ln 0 is ∞.";
    if (Math.abs(loss - right) < 0.0005) return "That is right, to three places.";
    return `It should be ${show(right)}: near ${logit(largest)} the numbers of ${dtype} are ${
      unit(largest, DTYPES[dtype])
    } apart${moved ? ", and already the logits are rounded" : ""}.`;
  };

  const logit = (x) => minus(`${Number(x.toPrecision(8))}`);

  const written = (
    x,
  ) => (Number.isFinite(x) && Math.abs(x) >= 1e5
    ? x.toExponential(1).replace("e+", "·10^")
    : show(x, 4));

  class Overflow extends Live {
    start() {
      const { tokens, target, dtypes, methods } = this.config;
      const choice = (kind, names) =>
        `<fieldset class="x-came"><legend>${kind}</legend>
      ${
          listing(
            names,
            (name) =>
              `<label><input type="radio" name="${this.name}-${kind}" value="${name}"
              >${name}</label>`,
          )
        }</fieldset>`;
      this.live.innerHTML = `${choice("dtype", dtypes)}${choice("method", methods)}
      <label class="x-pair">added to every logit <input type="range" min="-1000" max="1000"><output
        ></output></label>
      <table></table>
      <p class="x-loss"><span>loss if ${
        safe(tokens[target])
      } comes</span><span><strong></strong> nats</span></p>
      <p class="x-note"></p>
      <p class="visually-hidden" role="status"></p>`;
      this.slider = this.one("[type=range]");
      for (const name of ["float32", methods[0]]) this.one(`[value="${name}"]`).checked = true;
      this.live.addEventListener("input", () => {
        this.added = Number(this.slider.value);
        this.update();
      });
      this.added = this.config.added;
      this.update();
      clearTimeout(this.later); // said when something changes, not at first
    }

    state() {
      return { added: this.added };
    }

    update() {
      const { added } = this, { tokens, logits, target, methods } = this.config;
      const [dtype, method] = this.all(":checked").map((one) => one.value),
        shifted = methods.indexOf(method);
      const found = compute(logits.map((x) => x + added), target, dtype, shifted);
      this.slider.value = added;
      this.one("output").textContent = `${added > 0 ? "+" : ""}${minus(`${added}`)}`;
      this.one("table").innerHTML = `<tr><th>word</th><th>logit in ${dtype}</th><th>${
        shifted ? "exp(o − max)" : "exp(o)"
      }</th></tr>
      ${
        listing(tokens, (token, i) =>
          `<tr class="${i === target ? "x-hit" : ""}"><th>${safe(token)}</th><td>${
            logit(found.o[i])
          }</td><td>${written(found.e[i])}</td></tr>`)
      }
      <tr><th>sum</th><td></td><td>${written(found.total)}</td></tr>`;
      this.one(".x-loss strong").textContent = show(found.loss);
      this.one(".x-note").textContent = remark(found, logits, target, dtype);
      this.say(
        `${dtype}, ${method}, ${added} added: loss ${show(found.loss)}. ${
          this.one(".x-note").textContent
        }`,
      );
    }
  }

  Object.assign(xent, { compute, rounded });
  customElements.define("xent-overflow", Overflow);
})();
