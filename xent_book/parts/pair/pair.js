/* Two models on one token: eight logits, and what compares the models. */
(() => {
  "use strict";
  const { Live, evaluate, listing, logProbabilities, safe, scientific, show, sum } = xent;

  // KL both ways, the DPO loss and each word's ratio. Σ (q − p) is 0: with it, no term of
  // KL is below 0.
  const compare = ({ fixed, training, chosen, rejected, beta }) => {
    const [a, b] = [logProbabilities(fixed), logProbabilities(training)];
    const [p, q] = [a.map(Math.exp), b.map(Math.exp)];
    const change = b.map((x, i) => x - a[i]);
    const kl = (p, q, sign) => sum(p.map((x, i) => Math.max(0, x * sign * change[i] - x + q[i])));
    return {
      p,
      q,
      forward: kl(p, q, -1),
      reverse: kl(q, p, 1),
      gap: change[chosen] - change[rejected],
      loss: evaluate([beta * change[chosen], beta * change[rejected]], 0).loss,
      ratios: change.map(Math.exp),
    };
  };

  const times = (x) => x < 1000 ? show(x) : scientific(x);

  // What the numbers show just now, in words.
  const remark = ({ forward, gap, loss, ratios }, { tokens, chosen, rejected }) => {
    const [good, bad] = [tokens[chosen], tokens[rejected]].map((x) => `<b>${safe(x)}</b>`);
    const even = Math.abs(gap) < 1e-9;
    if (forward < 1e-12) {
      return "The same forecast twice: no KL, each ratio 1, and a DPO loss of ln 2.";
    }
    if (even) {
      return `Both ratios are equal, so DPO sees no difference between ${good} and ${bad}: ln 2.`;
    }
    if (gap > 0 && ratios[chosen] < 1) {
      return `${good} has fallen, and still the DPO loss is below ln 2: ${bad} fell further.`;
    }
    const [a, b] = [ratios[chosen], ratios[rejected]].map(times);
    return `${good}’s ln ratio, ln ${a}, is ${show(Math.abs(gap))} ${
      gap > 0 ? "above" : "below"
    } ${bad}’s, ln ${b}: a DPO loss of ${show(loss, 4)}.`;
  };

  const WHO = ["fixed", "training"], NAMES = ["fixed", "in training"];

  class Pair extends Live {
    start() {
      const { tokens, chosen, rejected, beta } = this.config;
      const judged = { [chosen]: "chosen", [rejected]: "rejected" };
      this.live.innerHTML = `
      <div role="table" aria-label="two models">
      <div role="row" class="x-row x-head"><span role="columnheader">word</span><span
        role="columnheader">logit</span><span role="columnheader">p</span><span
        role="columnheader" class="x-end">ratio</span></div>
      ${
        listing(tokens.map(safe), (word, i) =>
          `<div role="row" class="x-row x-duo ${i === chosen ? "x-hit" : ""}">
      <span role="rowheader"><span class="x-word">${word}</span> <small>${
            judged[i] ?? ""
          }</small></span>
      <span role="cell">${
            listing(NAMES, (name) =>
              `<label class="x-pair"><small>${name}</small><input type="range" min="-6" max="6"
          step="0.1" aria-label="logit of ${word}, ${name}"><span class="x-o x-end"
          ></span></label>`)
          }</span>
      <span role="cell">${
            listing(NAMES, () =>
              `<span class="x-pair"><i class="x-bar"></i><span class="x-q x-end"></span></span>`)
          }</span>
      <span role="cell" class="x-ratio x-end"></span></div>`)
      }
      </div>
      <dl class="x-facts"><div><dt>forward KL</dt><dd></dd></div><div><dt>reverse KL</dt><dd></dd
        ></div><div><dt>DPO loss, β = ${beta}</dt><dd></dd></div></dl>
      <p class="x-note"></p>
      <p class="x-acts"><button>Same logits</button><button class="x-yours">Reset</button></p>
      <p class="visually-hidden" role="status"></p>`;
      this.knobs = this.all("[type=range]");
      const [same, reset] = this.all("button");
      this.live.addEventListener("input", ({ target }) => {
        const i = this.knobs.indexOf(target);
        this[WHO[i % 2]][i >> 1] = Number(target.value);
        this.update();
      });
      same.addEventListener("click", () => {
        this.training = [...this.fixed];
        this.update();
      });
      reset.addEventListener("click", () => {
        this.reset();
        same.focus({ preventScroll: true });
      });
      this.reset();
      clearTimeout(this.later); // said when something changes, not at first
    }

    reset() {
      const { fixed, training } = this.config;
      Object.assign(this, { fixed: [...fixed], training: [...training] });
      this.update();
    }

    get shared() {
      return { fixed: [-6, 6], training: [-6, 6] };
    }

    state() {
      return { fixed: [...this.fixed], training: [...this.training] };
    }

    update() {
      const { config, fixed, training } = this, models = [fixed, training];
      const found = compare({ ...config, fixed, training });
      const { p, q, forward, reverse, loss, ratios } = found;
      this.all(".x-duo").forEach((row, i) => {
        const put = (selector, values, digits) =>
          row.querySelectorAll(selector).forEach((one, k) => {
            one.textContent = show(values[k], digits);
          });
        const values = models.map((o) => o[i]), shares = [p[i], q[i]];
        put(".x-o", values, 1);
        put(".x-q", shares);
        row.querySelector(".x-ratio").textContent = times(ratios[i]);
        row.querySelectorAll("i").forEach((bar, k) => bar.style.setProperty("--p", shares[k]));
        row.querySelectorAll("input").forEach((knob, k) => {
          knob.value = values[k];
          knob.ariaValueText = `${show(values[k], 1)}, p ${show(shares[k])}, ratio ${
            times(ratios[i])
          }`;
        });
      });
      const numbers = [show(forward), show(reverse), show(loss, 4)];
      this.all("dd").forEach((one, i) => (one.textContent = numbers[i]));
      this.one(".x-note").innerHTML = remark(found, config);
      const [same, reset] = this.all("button");
      same.disabled = training.every((x, i) => x === fixed[i]);
      reset.disabled = WHO.every((who) => this[who].every((x, i) => x === config[who][i]));
      this.say(
        `Forward KL ${numbers[0]}, reverse KL ${numbers[1]}, DPO loss ${numbers[2]}. ${
          this.one(".x-note").textContent
        }`,
      );
    }
  }

  Object.assign(xent, { compare });
  customElements.define("xent-pair", Pair);
})();
