/** <cm-chart from="unix" slots="n">: chooses a quarter hour by pointer or arrow keys. The choice is part of the page's address, and
 *  the stream of that address brings what the box says about it; the frame moves at once. Without script, links do the same. */
class ChartElement extends HTMLElement {
  private timer = 0;

  connectedCallback(): void {
    this.addEventListener("pointerdown", (event) => { if (event.isPrimary && event.button === 0) { this.focus({ preventScroll: true }); this.point(event); } });
    this.addEventListener("pointermove", (event) => { if (event.isPrimary && event.buttons === 1) this.point(event); });
    this.addEventListener("keydown", (event) => this.key(event));
    this.closest(".plan")?.addEventListener("click", (event) => this.link(event as MouseEvent));
  }

  private get count(): number { return Number(this.getAttribute("slots")); }
  private get chosen(): number { return Number(this.getAttribute("aria-valuenow")); }

  private point(event: PointerEvent): void {
    const box = this.querySelector("svg")?.getBoundingClientRect();
    if (box) this.choose(Math.floor((event.clientX - box.left) / box.width * this.count));
  }

  private key(event: KeyboardEvent): void {
    const steps: Record<string, number> = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 4, PageDown: -4, Home: -1e6, End: 1e6 };
    const step = steps[event.key];
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.choose(this.chosen + step);
  }

  private link(event: MouseEvent): void {
    const href = (event.target as Element).closest("a")?.getAttribute("href") ?? "";
    const slot = /^\/battery\?slot=(\d+)/.exec(href)?.[1];
    if (!slot || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.choose((Number(slot) - Number(this.getAttribute("from"))) / 900);
  }

  private choose(wanted: number): void {
    const index = Math.min(this.count - 1, Math.max(0, wanted));
    if (index === this.chosen) return;
    this.setAttribute("aria-valuenow", String(index));
    for (const name of ["chart-slot", "chart-notch"]) {
      document.getElementById(name)?.setAttribute("x", `${(100 * (index + 0.5) / this.count).toFixed(2)}%`);
      document.getElementById(name)?.classList.remove("c-unchosen");
    }
    const address = new URL(location.href);
    address.searchParams.set("slot", String(Number(this.getAttribute("from")) + index * 900));
    address.hash = "";
    history.replaceState(null, "", address);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => document.querySelector("cm-stream")?.setAttribute("src", `/events?page=${encodeURIComponent(address.pathname + address.search)}`), 60);
  }
}

customElements.define("cm-chart", ChartElement);
