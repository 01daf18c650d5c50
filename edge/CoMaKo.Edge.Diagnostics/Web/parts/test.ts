/** <cm-hold>: a button that acts after it was held for one second, or after a second press where it was pressed by keyboard.
 *  Then the event "held" bubbles from it. */
class HoldElement extends HTMLElement {
  private timer = 0;

  connectedCallback(): void {
    const button = this.querySelector("button");
    if (!button) return;
    const release = () => { clearTimeout(this.timer); this.classList.remove("holding"); };
    button.addEventListener("pointerdown", (event) => {
      if (!event.isPrimary || event.button !== 0) return;
      this.classList.add("holding");
      this.timer = setTimeout(() => { release(); this.act(button); }, 1000);
    });
    for (const end of ["pointerup", "pointerleave", "pointercancel"]) button.addEventListener(end, release);
    button.addEventListener("contextmenu", (event) => event.preventDefault()); // a long press on a phone
    button.addEventListener("click", (event) => { if (event.detail === 0) this.press(button); });
  }

  private press(button: HTMLButtonElement): void {
    if (this.classList.contains("sure")) { this.act(button); return; }
    this.classList.add("sure");
    button.textContent = button.dataset["sure"] ?? "";
    setTimeout(() => { this.classList.remove("sure"); button.textContent = button.dataset["hold"] ?? ""; }, 8000);
  }

  private act(button: HTMLButtonElement): void {
    button.disabled = true;
    this.dispatchEvent(new CustomEvent("held", { bubbles: true }));
  }
}

/** <cm-test>: starts a write test and says each second that this page is still there. When it is not, the box reverts by itself;
 *  leaving the page says so at once. */
class TestElement extends HTMLElement {
  private test: string | undefined;
  private timer = 0;

  connectedCallback(): void {
    this.addEventListener("held", (event) => void this.start(event.target as HTMLElement));
    addEventListener("pagehide", () => this.leave());
    if (this.hasAttribute("running")) this.watch();
  }

  private body(values: Record<string, string>): URLSearchParams {
    return new URLSearchParams({ token: this.getAttribute("token") ?? "", ...values });
  }

  private post(name: string, values: Record<string, string>): Promise<Response> {
    return fetch(this.getAttribute(name) ?? "", { method: "POST", headers: { Accept: "application/json" }, body: this.body(values), signal: AbortSignal.timeout(10000) });
  }

  private async start(hold: HTMLElement): Promise<void> {
    try {
      const answer = await this.post("start", { device: hold.getAttribute("device") ?? "", test: hold.getAttribute("test") ?? "", watts: hold.getAttribute("watts") ?? "" });
      const content = await answer.json() as { id?: number; code?: string; detail?: string };
      if (!answer.ok || content.id === undefined) { this.fail(`${content.code ?? ""} ${content.detail ?? ""}`, hold); return; }
      this.test = String(content.id);
      const offer = this.querySelector<HTMLElement>("#offer");
      if (offer) offer.hidden = true;
      scrollTo(0, 0);
      this.timer = setInterval(() => void this.beat(), 1000);
    } catch {
      this.fail(this.getAttribute("texts") ?? "", hold);
    }
  }

  private async beat(): Promise<void> {
    if (!this.test) return;
    try {
      const answer = await this.post("heartbeat", { test: this.test });
      if (!answer.ok) this.finish();
    } catch {
      // the next one may come through; if none does, the box reverts
    }
  }

  /** Somebody else's test runs: look until it is over. */
  private watch(): void {
    this.timer = setInterval(() => { if (!this.querySelector("[data-running]")) this.finish(); }, 1000);
  }

  private finish(): void {
    clearInterval(this.timer);
    this.test = undefined;
    setTimeout(() => location.reload(), 1500); // the revert shows first
  }

  private leave(): void {
    if (this.test) navigator.sendBeacon(this.getAttribute("stop") ?? "", this.body({ test: this.test }));
    this.test = undefined;
  }

  private fail(text: string, hold: HTMLElement): void {
    const box = this.querySelector<HTMLElement>(".test-problem");
    if (box) { box.textContent = text; box.hidden = false; box.scrollIntoView({ block: "nearest" }); }
    const button = hold.querySelector("button");
    if (button) button.disabled = false;
  }
}

customElements.define("cm-hold", HoldElement);
customElements.define("cm-test", TestElement);
