/* The worker that lays graphs out: DOT comes, places go. The class Graphviz stands in front of this. */

const loading = Graphviz.load();

const pairs = (text, height) => text.trim().split(/\s+/).map(pair => pair.split(",").map(Number)).map(([x, y]) => [x, height - y]);

function places({ bb, objects = [], edges = [] }) {
  const [, , width, height] = bb.split(",").map(Number), centres = [], boxes = [], curves = [];
  for (const each of objects) {
    if (each.name.startsWith("cluster_")) {
      const [left, bottom, right, top] = each.bb.split(",").map(Number);
      boxes[each.name.slice(8)] = [left, height - top, right - left, top - bottom].map(Math.round);
    } else [centres[each.name]] = pairs(each.pos, height);
  }
  for (const { id, pos } of edges) {
    const [first, ...rest] = pairs(pos, height).map(point => point.map(Math.round).join(" "));
    curves[id] = `M${first}C${rest.join(" ")}`;
  }
  return { size: [width, height].map(Math.round), centres, boxes, curves };
}

onmessage = async ({ data }) => {
  try {
    postMessage(places(JSON.parse((await loading).layout(data, "json0", "dot"))));
  } catch (error) {
    postMessage({ failed: String(error?.message ?? error) });
  }
};
