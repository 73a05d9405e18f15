/* The notebook's side of a widget: the page in a frame of its own, and what goes between it and the kernel.

   A notebook may move an output to another place, and then the frame loads anew: each load has its own channel. */

function render({ model, el }) {
  const frame = document.createElement("iframe");
  frame.title = "Computation graph";
  frame.style.cssText = "width: 100%; box-sizing: border-box; border: 1px solid #8888; border-radius: 6px; display: block";
  frame.srcdoc = model.get("_page");
  let port = null;
  const size = () => { frame.style.height = `${model.get("height")}px`; };
  const tell = () => port?.postMessage(model.get("_told"));
  frame.addEventListener("load", () => {
    const channel = new MessageChannel();
    port?.close();
    port = channel.port1;
    port.onmessage = ({ data }) => { model.set("_asked", data); model.save_changes(); };
    frame.contentWindow.postMessage("kernel", "*", [channel.port2]);
    tell();
  });
  model.on("change:_told", tell);
  model.on("change:height", size);
  size();
  el.append(frame);
  return () => {
    model.off("change:_told", tell);
    model.off("change:height", size);
    port?.close();
  };
}

export default { render };
