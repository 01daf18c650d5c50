// Passkeys: the hub asks, the browser's authenticator answers. Buttons appear only where the browser can do it.
type Json = Record<string, unknown>;

const bytesOf = (text: string): ArrayBuffer => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0)).buffer;
const textOf = (bytes: ArrayBuffer): string => btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

const listOf = (list: unknown): PublicKeyCredentialDescriptor[] => ((list ?? []) as Json[]).map((each) => ({ ...each, type: "public-key", id: bytesOf(each["id"] as string) }));

const send = async (address: string, token: string, body: Json): Promise<Response> =>
  fetch(address, { method: "POST", headers: { accept: "application/json", "content-type": "application/json", "x-form-token": token }, body: JSON.stringify(body) });

const make = async (options: Json): Promise<Json> => {
  const user = options["user"] as Json;
  const publicKey = {
    ...options,
    challenge: bytesOf(options["challenge"] as string),
    user: { ...user, id: bytesOf(user["id"] as string) },
    excludeCredentials: listOf(options["excludeCredentials"]),
  } as unknown as PublicKeyCredentialCreationOptions;
  const made = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential;
  const response = made.response as AuthenticatorAttestationResponse;
  return credentialOf(made, { clientDataJSON: textOf(response.clientDataJSON), attestationObject: textOf(response.attestationObject), transports: response.getTransports() });
};

const use = async (options: Json): Promise<Json> => {
  const publicKey = { ...options, challenge: bytesOf(options["challenge"] as string), allowCredentials: listOf(options["allowCredentials"]) } as unknown as PublicKeyCredentialRequestOptions;
  const found = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential;
  const response = found.response as AuthenticatorAssertionResponse;
  return credentialOf(found, {
    clientDataJSON: textOf(response.clientDataJSON),
    authenticatorData: textOf(response.authenticatorData),
    signature: textOf(response.signature),
    userHandle: response.userHandle ? textOf(response.userHandle) : null,
  });
};

const credentialOf = (credential: PublicKeyCredential, response: Json): Json => ({
  id: credential.id,
  rawId: textOf(credential.rawId),
  type: credential.type,
  authenticatorAttachment: credential.authenticatorAttachment,
  clientExtensionResults: credential.getClientExtensionResults(),
  response,
});

for (const form of document.querySelectorAll<HTMLFormElement>("form[data-passkey]")) {
  if (!("PublicKeyCredential" in window)) continue;
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const wrong = form.querySelector<HTMLElement>("[data-wrong]");
    if (wrong) wrong.hidden = true;
    void (async (): Promise<void> => {
      const fields = new FormData(form);
      const token = String(fields.get("form_token") ?? "");
      const asked = await send(form.dataset["options"] ?? "", token, {});
      if (asked.status === 403) return location.assign("/pages/confirm?back=" + encodeURIComponent(location.pathname));
      if (!asked.ok) throw new Error(String(asked.status));
      const question = (await asked.json()) as { id: string; options: Json };
      const credential = await (form.dataset["passkey"] === "make" ? make(question.options) : use(question.options));
      const answer = await send(form.action, token, { id: question.id, credential, name: String(fields.get("name") ?? "") });
      if (!answer.ok) throw new Error(String(answer.status));
      location.assign(String(fields.get("back") ?? "/"));
    })().catch(() => {
      if (wrong) wrong.hidden = false;
    });
  });
}
