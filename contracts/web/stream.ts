import { morph } from "./morph";

/** <cm-stream src="/events?page=…">: keeps the parts (<cm-live id="…">) inside it up to date from server-sent events.
 *  Events: "part" {id, html} replaces a part; "refused" means that a newer page took this one's place, "reload" that the
 *  reader may no longer see this page.
 *  While hidden the page holds no stream. #lost shows its data-lost or data-refused text with the last time in #now. */
class StreamElement extends HTMLElement {
  static readonly observedAttributes = ["src"];
  private source: EventSource | undefined;
  private lostTimer = 0;
  private refused = false;
  private readonly visibility = () => (document.hidden ? this.close() : this.open());

  connectedCallback(): void {
    document.addEventListener("visibilitychange", this.visibility);
    addEventListener("pagehide", () => this.close(), { once: true });
    this.visibility();
  }

  disconnectedCallback(): void {
    document.removeEventListener("visibilitychange", this.visibility);
    this.close();
  }

  /** The page's address changed without leaving it, e.g. by a selection. */
  attributeChangedCallback(_name: string, before: string | null): void {
    if (before === null || !this.isConnected) return;
    this.close();
    this.visibility();
  }

  private open(): void {
    const address = this.getAttribute("src");
    if (this.source || this.refused || !address) return;
    const source = new EventSource(address);
    this.source = source;
    source.addEventListener("open", () => this.found());
    source.addEventListener("error", () => this.lose(source));
    source.addEventListener("part", (event) => {
      const part = JSON.parse(event.data) as { id: string; html: string };
      const target = document.getElementById(part.id);
      if (target) morph(target, part.html);
    });
    source.addEventListener("reload", () => location.reload()); // rights have ended: the page that may be seen now is another
    source.addEventListener("refused", () => {
      this.refused = true;
      this.close();
      this.show("refused");
    });
  }

  private close(): void {
    clearTimeout(this.lostTimer);
    this.lostTimer = 0;
    this.source?.close();
    this.source = undefined;
  }

  private found(): void {
    clearTimeout(this.lostTimer);
    this.lostTimer = 0;
    delete document.documentElement.dataset["lost"];
    const bar = document.getElementById("lost");
    if (bar) bar.hidden = true;
  }

  /** The browser tries again by itself, except after an answer that is no stream (a proxy's error page). */
  private lose(source: EventSource): void {
    if (!this.lostTimer) this.lostTimer = setTimeout(() => this.show("lost"), 3000);
    if (source.readyState === EventSource.CLOSED) {
      this.source = undefined;
      setTimeout(() => { if (!document.hidden) this.open(); }, 5000);
    }
  }

  private show(reason: "lost" | "refused"): void {
    const bar = document.getElementById("lost");
    const text = bar?.dataset[reason];
    if (!bar || !text) return;
    document.documentElement.dataset["lost"] = reason;
    bar.textContent = text.replace("{0}", document.getElementById("now")?.textContent ?? "");
    bar.hidden = false;
  }
}

customElements.define("cm-stream", StreamElement);
