// Calls to the server that the page came from.

const main = document.getElementById("main");

/** An answer of the server that says no; `status` 401 means that the session is over. */
export class Refused extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

/** The JSON that the server answers. Throws `Refused`, or whatever fetch throws where there is no connection. */
export async function call(path, body) {
  const response = await fetch(path, {
    method: body === undefined ? "GET" : "POST",
    headers: {
      "Accept-Language": main.dataset.language,
      ...(body === undefined ? {} : { "Content-Type": "application/json", "X-CSRF-Token": main.dataset.csrf }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const said = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(response.status, said.detail ?? response.statusText);
  return said;
}
