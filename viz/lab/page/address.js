/* The address, which holds the whole state after its #: a link shows what is seen. */

let parameters = new URLSearchParams(location.hash.slice(1) || document.documentElement.dataset.address), noting = 0;

/** What the address says of a name, or else the fallback. */
export const said = (name, fallback = "") => parameters.get(name) ?? fallback;

/** The address as it is now; the browser is told of it a little later. */
export const address = () => `#${parameters}`;

/** Note something in the address; what is empty is left out. */
export function note(entries) {
  for (const [name, text] of Object.entries(entries)) text ? parameters.set(name, text) : parameters.delete(name);
  clearTimeout(noting);
  noting = setTimeout(() => {
    try { history.replaceState(null, "", address()); } catch { /* a page in a frame of its own may have no address */ }
  }, 250);
}

/** Have `restore` run when somebody changes the address. */
export function onAddress(restore) {
  addEventListener("hashchange", () => {
    parameters = new URLSearchParams(location.hash.slice(1));
    restore();
  });
}
