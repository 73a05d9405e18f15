/* The stops of the tour: a graph, what is asked of it, and the answers that a mix-up gives.

   Answers are expressions in the graph's own names; dz is the gradient of z. What is said at a stop, and of each mistake,
   stands in viz/lab/languages. */

/** @typedef {{ name: string, text: string, of: string, right: string, mistakes: Record<string, string[]>,
      arrays?: Record<string, string[][]>, rate?: string }} Stop */

/** @type {Stop[]} */
export const STOPS = [
  { name: "product", text: "w = 3; x = 2\ny = w*x", of: "w", right: "dw",
    mistakes: { value: ["y"], swapped: ["w"], as_sum: ["1"], zero: ["0"] } },
  { name: "sum", text: "w = 3; x = 2; b = -1\ny = w*x + b", of: "b", right: "db",
    mistakes: { value: ["y"], itself: ["b"], as_product: ["w*x"], zero: ["0"] } },
  { name: "square", text: "z = 3\ny = z**2", of: "z", right: "dz",
    mistakes: { value: ["y"], half: ["z"], exponent: ["2"] } },
  { name: "chain", text: "w = 1.5; x = 2\nu = w*x\ny = u**2", of: "w", right: "dw",
    mistakes: { value: ["y"], outer: ["x"], inner: ["du"], value_as_slope: ["y*x"], added: ["du + x"], half: ["u"] } },
  { name: "ways", text: "x = 2\ny = x*x + 3*x", of: "x", right: "dx",
    mistakes: { value: ["y"], one_way: ["x", "3", "2*x", "x + 3"], multiplied: ["x*x*3"] } },
  { name: "error", text: "a = 0.5; y = 2\ne = a - y\nloss = e**2", of: "y", right: "dy",
    mistakes: { value: ["loss"], sign: ["-dy"], outer: ["-1"], half: ["-e", "e"] } },
  { name: "neuron", text: "w = 0.5; x = 3; b = -1.5; y = 1\nz = w*x + b\na = sigmoid(z)\nloss = (a - y)**2", of: "w", right: "dw",
    mistakes: { value: ["loss"], sign: ["-dw"], no_slope: ["da*x"], value_as_slope: ["da*a*x"], inner: ["dz", "da"], other_operand: ["dz*w"], outer: ["x"] } },
  { name: "batch", text: "w = 2; x1 = 1; x2 = 3; y1 = 1; y2 = 4\nz1 = w*x1\nz2 = w*x2\nJ = ((z1 - y1)**2 + (z2 - y2)**2)/2", of: "w", right: "dw",
    mistakes: { value: ["J"], not_mean: ["2*dw"], one_way: ["dz1*x1", "dz2*x2"], half: ["dw/2"], inner: ["dz1 + dz2"] },
    arrays: { W: [["w"]], X: [["x1", "x2"]], Z: [["z1", "z2"]] } },
  { name: "layer", text: "w11 = 1; w12 = 4; w21 = 3; w22 = -1; x1 = 1; x2 = 2\nz1 = w11*x1 + w12*x2\nz2 = w21*x1 + w22*x2\nJ = 2*z1 + 5*z2", of: "x1", right: "dx1",
    mistakes: { value: ["J"], row: ["w11*dz1 + w12*dz2"], one_way: ["w11*dz1", "w21*dz2"], outer: ["w11 + w21"] },
    arrays: { W: [["w11", "w12"], ["w21", "w22"]], X: [["x1"], ["x2"]], Z: [["z1"], ["z2"]] } },
  { name: "training", text: "w = 3; x = 2; y = 4\nJ = (w*x - y)**2", of: "w", right: "w - 0.1*dw", rate: "0.1",
    mistakes: { value: ["J"], uphill: ["w + 0.1*dw"], no_rate: ["w - dw"], gradient: ["dw"], move: ["0.1*dw", "-0.1*dw"], unmoved: ["w"] } },
];
