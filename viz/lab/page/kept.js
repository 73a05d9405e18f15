/* What the page knows from Python: see lab_contents in bundle.py. */

export const known = JSON.parse(document.getElementById("known").textContent);
