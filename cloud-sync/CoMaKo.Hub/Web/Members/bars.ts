// Selecting a bar of a member's chart by tap or arrow keys. The figures come from the page's own table, so both always say the same.
class Bars extends HTMLElement {
  private chosen = -1;
  private readonly mark = document.createElement("div");
  private rows: HTMLTableRowElement[] = [];
  private heads: string[] = [];

  connectedCallback(): void {
    const table = document.getElementById(this.getAttribute("table") ?? "") as HTMLTableElement | null;
    if (!table) return;
    this.rows = [...(table.tBodies[0]?.rows ?? [])];
    this.heads = [...(table.tHead?.rows[0]?.cells ?? [])].map((cell) => cell.textContent ?? "");
    this.mark.className = "bar-mark";
    this.mark.hidden = true;
    this.append(this.mark);
    this.tabIndex = 0;
    this.setAttribute("role", "slider");
    this.setAttribute("aria-label", this.getAttribute("label") ?? "");
    this.setAttribute("aria-valuemin", "1");
    this.setAttribute("aria-valuemax", String(this.rows.length));
    this.setAttribute("aria-valuenow", "1");
    this.addEventListener("pointerdown", (event) => this.choose(this.barAt(event)));
    this.addEventListener("pointermove", (event) => { if (event.pointerType === "mouse" || event.buttons > 0) this.choose(this.barAt(event)); });
    this.addEventListener("keydown", (event) => this.type(event));
  }

  private get area(): DOMRect {
    return (this.querySelector(".lane-area") ?? this).getBoundingClientRect();
  }

  private barAt(event: PointerEvent): number {
    const area = this.area;
    return Math.floor(((event.clientX - area.left) / area.width) * this.rows.length);
  }

  private type(event: KeyboardEvent): void {
    const last = this.rows.length - 1;
    const steps: Record<string, number> = { ArrowRight: this.chosen + 1, ArrowUp: this.chosen + 1, ArrowLeft: this.chosen - 1, ArrowDown: this.chosen - 1, Home: 0, End: last, PageUp: this.chosen + 4, PageDown: this.chosen - 4 };
    const next = steps[event.key];
    if (event.key === "Enter") this.rows[this.chosen]?.querySelector("a")?.click();
    if (next === undefined) return;
    event.preventDefault();
    this.choose(Math.min(last, Math.max(0, next)));
  }

  private choose(bar: number): void {
    const row = this.rows[bar];
    if (!row || bar === this.chosen) return;
    this.chosen = bar;
    const area = this.area, own = this.getBoundingClientRect();
    this.mark.hidden = false;
    this.mark.style.left = `${area.left - own.left + (bar * area.width) / this.rows.length}px`;
    this.mark.style.width = `${area.width / this.rows.length}px`;
    const cells = [...row.cells].map((cell) => (cell.textContent ?? "").trim());
    const words = cells.slice(1).map((value, i) => `${this.heads[i + 1]} ${value}`).join(" · ");
    this.setAttribute("aria-valuenow", String(bar + 1));
    this.setAttribute("aria-valuetext", `${cells[0]}: ${words}`);
    const line = document.getElementById("slot");
    if (!line) return;
    const name = document.createElement("b");
    name.textContent = cells[0] ?? "";
    const link = row.querySelector("a");
    if (link) {
      const opened = document.createElement("a");
      opened.href = link.href;
      opened.append(name);
      line.replaceChildren(opened);
    } else line.replaceChildren(name);
    cells.slice(1).forEach((value, i) => {
      const part = document.createElement("span");
      part.textContent = `${this.heads[i + 1]} `;
      const figure = document.createElement("b");
      figure.textContent = value === "–" ? value : `${value}\u00a0kWh`;
      part.append(figure);
      line.append(part);
    });
  }
}
customElements.define("cm-bars", Bars);
export {};
