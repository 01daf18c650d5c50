/** Makes the children of `target` equal to `html` and keeps every node that is still right: focus, selection and the
 *  screen reader's place survive, and a live region speaks only where its text changed. */
export function morph(target: Element, html: string): void {
  const template = document.createElement("template");
  template.innerHTML = html;
  children(target, template.content);
}

function children(target: Node, wanted: Node): void {
  const old = [...target.childNodes];
  const fresh = [...wanted.childNodes];
  fresh.forEach((node, i) => {
    const present = old[i];
    if (!present) target.appendChild(node);
    else if (present.nodeType !== node.nodeType || present.nodeName !== node.nodeName) target.replaceChild(node, present);
    else if (present instanceof Element) {
      attributes(present, node as Element);
      children(present, node);
    } else if (present.nodeValue !== node.nodeValue) present.nodeValue = node.nodeValue;
  });
  for (const rest of old.slice(fresh.length)) target.removeChild(rest);
}

function attributes(target: Element, wanted: Element): void {
  for (const { name } of [...target.attributes]) if (!wanted.hasAttribute(name)) target.removeAttribute(name);
  for (const { name, value } of [...wanted.attributes]) if (target.getAttribute(name) !== value) target.setAttribute(name, value);
}
