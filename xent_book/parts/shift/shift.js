/* All scores shifted by a number of the text that the reader pulls. */
(() => {
  "use strict";
  const { Live, clamp, minus, show } = xent;

  const KEYS = {
    ArrowUp: 1,
    ArrowRight: 1,
    ArrowDown: -1,
    ArrowLeft: -1,
    PageUp: 10,
    PageDown: -10,
  };

  const JUMP = 10; // of the two buttons
  const PIXELS = 3; // that the number is pulled for 1

  class Shift extends Live {
    start() {
      const [svg, caption] = this.querySelector("figure").children, { value } = this.config;
      this.live.innerHTML = `${svg.outerHTML}
      <p><small>${caption.innerHTML}<span></span></small></p>
      <p class="x-acts"><button class="x-less">− ${JUMP}</button
        ><button class="x-more">+ ${JUMP}</button
        ><b class="x-sum"></b><button class="x-yours">Reset</button></p>
      <p class="visually-hidden" role="status"></p>`;
      this.one("svg").ariaHidden = "true";
      this.one(".x-yours").addEventListener("click", () => {
        this.pulled?.focus();
        this.set(this.config.value);
      });
      // For those who cannot drag.
      const { least, most } = this.config;
      this.ends = [[".x-less", -JUMP, least], [".x-more", JUMP, most]].map(([name, by, end]) => {
        const button = this.one(name);
        button.addEventListener("click", () => this.set(this.value + by));
        return [button, end];
      });
      addEventListener("beforeprint", () => this.set(value)); // the figure is the stored one
      this.set(value);
      this.find();
      // JupyterLab shows the text after the figure, and anew when it is edited.
      new MutationObserver(() => this.find()).observe(document.body, {
        childList: true,
        subtree: true,
      });
    }

    // The number is the last before the figure that stands in bold and is its own.
    find() {
      if (this.pulled?.isConnected || !this.isConnected) return;
      const bold = [...document.querySelectorAll("strong")], { value } = this.config;
      this.pulled = bold.findLast((node) =>
        node.textContent === minus(`${value}`) &&
        node.compareDocumentPosition(this) & Node.DOCUMENT_POSITION_FOLLOWING
      );
      if (!this.pulled) return;
      this.hold(this.pulled);
      this.one("small span").textContent =
        ` Drag the shaded number in the text, or press − ${JUMP} or + ${JUMP}.`;
      this.set(this.value);
      clearTimeout(this.later); // said when something changes, not at first
    }

    hold(node) {
      const { value, least, most } = this.config;
      Object.assign(node, {
        className: "x-pull",
        role: "spinbutton",
        tabIndex: 0,
        ariaLabel: "added to every score",
        ariaValueMin: least,
        ariaValueMax: most,
      });
      node.addEventListener("keydown", (event) => {
        const by = KEYS[event.key];
        const to = by ? this.value + by : { Home: least, End: most, Escape: value }[event.key];
        if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        this.set(to);
      });
      // A finger that goes on to scroll the page takes it back.
      node.addEventListener("pointerdown", (event) => {
        if (event.button) return;
        const from = this.value, pixels = PIXELS * xent.zoomed(node);
        node.setPointerCapture(event.pointerId);
        node.onpointermove = ({ clientX }) =>
          this.set(from + Math.round((clientX - event.clientX) / pixels));
        node.onpointercancel = () => this.set(from);
        node.onlostpointercapture = () => (node.onpointermove = node.onpointercancel = null);
      });
    }

    get shared() {
      const { least, most } = this.config;
      return { value: [least, most, 1] };
    }

    restore({ value }) {
      this.set(value);
    }

    set(wish) {
      const { tokens, logits, value, least, most } = this.config;
      this.value = clamp(wish, least, most);
      const low = this.config.low + this.value, width = this.config.high - this.config.low;
      const scores = logits.map((x) => show(x + this.value, 1));
      this.all(".x-score").forEach((node, i) => (node.textContent = scores[i]));
      const by = Math.ceil(width / 4);
      let labels = "";
      for (let x = Math.ceil(low / by) * by; x < low + width; x += by) {
        labels += `<text x="${100 * (x - low) / width}%">${minus(`${x}`)}</text>`;
      }
      this.one(".x-ticks").innerHTML = labels;
      const sign = this.value < 0 ? "−" : "+";
      this.one(".x-sum").textContent = `${logits[0]} ${sign} ${Math.abs(this.value)} = ${
        scores[0]
      }`;
      this.one(".x-yours").disabled = this.value === value;
      for (const [button, end] of this.ends) button.ariaDisabled = this.value === end;
      if (!this.pulled) return;
      this.pulled.textContent = minus(`${this.value}`);
      this.pulled.ariaValueNow = this.value;
      this.say(tokens.map((word, i) => `${word} ${scores[i]}`).join(", "));
    }
  }

  customElements.define("xent-shift", Shift);
})();
