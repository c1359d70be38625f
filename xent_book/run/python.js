/* The page's end of the worker in which Python runs: one cell at a time. */
const RunPython = (() => {
  "use strict";
  const home = new URL("python/", document.currentScript.src).href;

  return class {
    constructor(version) {
      // A worker has the policy that its own host sends, a blob that of this page: no other host.
      const code = `const home = ${JSON.stringify(home)}, version = "${version}";${runWorker}`;
      this.address = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
      this.count = 0;
    }

    begin() {
      const worker = this.worker = new Worker(this.address, { type: "module", name: "python" });
      // One that was stopped may have said more before.
      worker.onmessage = ({ data }) => worker === this.worker && this.hear(data);
      this.worker.onerror = ({ message }) =>
        this.hear({ type: "broken", message: message || "the worker did not start" });
    }

    // What a cell gives; `tell` hears how it comes to it.
    run(cell, tell) {
      if (!this.worker) this.begin();
      const id = ++this.count;
      return new Promise((resolve, reject) => {
        this.waiting = { id, tell, resolve, reject };
        this.worker.postMessage({ id, ...cell });
      });
    }

    hear(data) {
      if (data.type === "ready") this.ready = true;
      if (data.type === "broken") this.end(new Error(data.message));
      else if (data.type === "done") this.waiting.resolve(data);
      else this.waiting?.tell(data);
    }

    end(error) {
      this.worker?.terminate();
      this.worker = undefined;
      this.waiting?.reject(error);
      this.waiting = undefined;
    }

    // A worker that computes hears nothing, so it goes; the next starts while the reader reads.
    stop() {
      this.end(Object.assign(new Error("stopped"), { stopped: true }));
      if (!this.ready) return;
      this.begin();
      this.worker.postMessage({});
    }
  };
})();
