// The load curve of one day: stepped from each slot's start, gaps as striped columns, one selected slot told below the chart.
import uPlot from "uplot";

interface Slot { start: string; wh?: number; quality: string; version?: number; source?: string }

class Curve extends HTMLElement {
  private plot?: uPlot;
  private slots: Slot[] = [];
  private readonly from = Number(this.getAttribute("from"));
  private readonly to = Number(this.getAttribute("to"));
  private readonly locale = this.getAttribute("language") === "de" ? "de-DE" : "en-GB";
  private readonly words = JSON.parse(this.getAttribute("words") ?? "{}") as Record<string, string>;
  // Market days are Berlin's, wherever the reader is.
  private readonly time = new Intl.DateTimeFormat(this.locale, { hour: "2-digit", minute: "2-digit", timeZone: "Europe/Berlin" });
  private readonly energy = new Intl.NumberFormat(this.locale, { minimumFractionDigits: 3, maximumFractionDigits: 3 });
  private selected = -1;

  async connectedCallback(): Promise<void> {
    const answer = await fetch(this.getAttribute("src") ?? "", { headers: { accept: "application/json" } });
    if (!answer.ok) return;
    this.slots = ((await answer.json()) as { items: Slot[] }).items;
    this.tabIndex = 0;
    this.setAttribute("role", "img");
    this.setAttribute("aria-label", this.getAttribute("label") ?? "");
    this.addEventListener("keydown", (event) => this.onKey(event));
    new ResizeObserver(() => this.plot?.setSize(this.size())).observe(this);
    new MutationObserver(() => this.draw()).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    this.draw();
  }

  private size(): { width: number; height: number } {
    return { width: this.clientWidth, height: this.clientWidth < 500 ? 220 : 300 };
  }

  private colour(name: string): string {
    const probe = document.createElement("i");
    probe.className = `colour-${name}`;
    this.append(probe);
    const colour = getComputedStyle(probe).color;
    probe.remove();
    return colour;
  }

  private draw(): void {
    this.plot?.destroy();
    const seconds = this.slots.map((slot) => Date.parse(slot.start) / 1000);
    const values: (number | null)[] = this.slots.map((slot) => (slot.wh === undefined ? null : slot.wh / 1000));
    const [ink, quiet, line, bar] = [this.colour("ink"), this.colour("ink-2"), this.colour("line"), this.colour("grid")];
    const font = "12px system-ui, sans-serif";
    const options: uPlot.Options = {
      ...this.size(),
      legend: { show: false },
      cursor: { y: false, drag: { setScale: false }, points: { show: false } },
      scales: { x: { time: true, range: [this.from, this.to] }, y: { range: (_, __, most) => [0, Math.max(0.01, (most ?? 0) * 1.1)] } },
      axes: [
        { show: false },
        { stroke: quiet, font, size: 52, grid: { stroke: line, width: 0.8 }, ticks: { show: false }, values: (_, ticks) => ticks.map((tick) => new Intl.NumberFormat(this.locale).format(tick)) },
      ],
      series: [
        {},
        { fill: () => this.fill(bar), width: 0, points: { show: false }, paths: uPlot.paths.bars!({ size: [1], align: 1, gap: 1 }) },
      ],
      hooks: {
        drawClear: [(plot) => this.drawGaps(plot, line)],
        draw: [(plot) => this.drawSelected(plot, ink)],
        setCursor: [(plot) => { if (plot.cursor.idx != null && plot.cursor.left != null && plot.cursor.left >= 0) this.select(this.indexAt(plot.posToVal(plot.cursor.left, "x"))); }],
      },
      padding: [8, 0, 4, 0],
    };
    this.plot = new uPlot(options, [seconds, values], this);
  }

  // Solid towards the building, striped away from it.
  private fill(colour: string): CanvasPattern | string {
    if (!this.hasAttribute("away")) return colour;
    const size = 6 * devicePixelRatio;
    const tile = document.createElement("canvas");
    tile.width = tile.height = size;
    const ctx = tile.getContext("2d")!;
    ctx.fillStyle = this.colour("grid-tint");
    ctx.fillRect(0, 0, size, size);
    ctx.strokeStyle = colour;
    ctx.lineWidth = 2.6 * devicePixelRatio;
    ctx.beginPath();
    for (const x of [-size, 0, size]) {
      ctx.moveTo(x - size / 2, size * 1.5);
      ctx.lineTo(x + size * 1.5, -size / 2);
    }
    ctx.stroke();
    return ctx.createPattern(tile, "repeat")!;
  }

  private indexAt(second: number): number {
    return Math.min(this.slots.length - 1, Math.max(0, Math.floor((second - this.from) / 900)));
  }

  private column(plot: uPlot, index: number): [number, number] {
    const left = plot.valToPos(this.from + index * 900, "x", true);
    return [left, plot.valToPos(this.from + (index + 1) * 900, "x", true) - left];
  }

  private drawGaps(plot: uPlot, line: string): void {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.strokeStyle = line;
    ctx.lineWidth = 2 * devicePixelRatio;
    this.slots.forEach((slot, index) => {
      if (slot.wh !== undefined) return;
      const [left, width] = this.column(plot, index);
      ctx.save();
      ctx.beginPath();
      ctx.rect(left, bbox.top, width + 0.5, bbox.height);
      ctx.clip();
      ctx.beginPath();
      const step = 7 * devicePixelRatio;
      const first = Math.floor((left - bbox.height) / step) * step;
      for (let x = first; x < left + width; x += step) {
        ctx.moveTo(x, bbox.top + bbox.height);
        ctx.lineTo(x + bbox.height, bbox.top);
      }
      ctx.stroke();
      ctx.restore();
    });
    ctx.restore();
  }

  private drawSelected(plot: uPlot, ink: string): void {
    if (this.selected < 0) return;
    const [left, width] = this.column(plot, this.selected);
    plot.ctx.save();
    plot.ctx.strokeStyle = ink;
    plot.ctx.lineWidth = 2 * devicePixelRatio;
    plot.ctx.strokeRect(left, plot.bbox.top, width, plot.bbox.height);
    plot.ctx.restore();
  }

  private select(index: number): void {
    const slot = this.slots[index];
    const line = document.getElementById("slot");
    if (!slot || !line || index === this.selected) return;
    this.selected = index;
    const start = new Date(slot.start);
    const end = new Date(start.getTime() + 900_000);
    const value = slot.wh === undefined ? "–" : `${this.energy.format(slot.wh / 1000)} kWh`;
    line.textContent = `${this.time.format(start)}–${this.time.format(end)}: ${value}, ${this.words[slot.quality] ?? slot.quality}`;
    this.plot?.redraw(false);
  }

  private onKey(event: KeyboardEvent): void {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    this.select(this.selected < 0 ? this.slots.length - 1 : Math.min(this.slots.length - 1, Math.max(0, this.selected + step)));
  }
}

customElements.define("cm-curve", Curve);
