// Keeps a page current without any framework: the server renders, this puts the new <main> in place.
import "./Members/bars";
import "./People/passkeys";

// The QR code of a letter carries the code where servers do not see it, behind the number sign.
const code = document.querySelector<HTMLInputElement>("input#code");
if (code && location.pathname === "/pages/invitation" && /^#[0-9A-Za-z-]{10,12}$/.test(location.hash)) code.value = location.hash.slice(1);

const main = document.querySelector<HTMLElement>("main[data-refresh]");
if (main) {
  const seconds = Number(main.dataset["refresh"]);
  const lost = document.createElement("p");
  lost.className = "lost";
  lost.setAttribute("role", "status");
  lost.hidden = true;
  main.before(lost);
  const refresh = async (): Promise<void> => {
    if (document.hidden || main.contains(document.activeElement) || main.querySelector("form")) return; // what somebody fills in stays
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html", "x-renewal": "1" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
      if (fresh) main.replaceChildren(...fresh.childNodes);
      lost.hidden = true;
    } catch {
      lost.textContent = main.dataset["lost"] ?? "";
      lost.hidden = false;
    }
  };
  setInterval(() => void refresh(), seconds * 1000);
}
export {};
