// Computes a network: the operations of its ONNX graph, one after the other.

// A tensor is { shape, data }, with the last axis running fastest.
const size = (shape) => shape.reduce((product, n) => product * n, 1);

const stridesOf = (shape) => shape.map((_, axis) => size(shape.slice(axis + 1)));

const fromEnd = (axis, shape) => (axis < 0 ? axis + shape.length : axis);

const map = ({ shape, data }, change) => ({ shape, data: data.map(change) });

const each = (change) => (x) => map(x, change);

const sigmoid = (value) => 1 / (1 + Math.exp(-value));

// Two tensors, the axes of length 1 repeated.
function combine(a, b, merge) {
  if (b.data.length === 1 && b.shape.length <= a.shape.length) return map(a, (value) => merge(value, b.data[0]));
  const rank = Math.max(a.shape.length, b.shape.length);
  const [one, other] = [a, b].map(({ shape }) => [...Array(rank - shape.length).fill(1), ...shape]);
  const shape = one.map((n, axis) => Math.max(n, other[axis]));
  const steps = [one, other].map((from) =>
    stridesOf(from).map((stride, axis) => (from[axis] === 1 ? 0 : stride)),
  );
  const data = new Float32Array(size(shape));
  walk(shape, steps, (place, first, second) => (data[place] = merge(a.data[first], b.data[second])));
  return { shape, data };
}

// Visit all places of a shape in order, and the places to which strides lead.
function walk(shape, [first, second = []], visit) {
  const index = shape.map(() => 0);
  let [one, other] = [0, 0];
  for (let place = 0; place < size(shape); place++) {
    visit(place, one, other);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      one += first[axis];
      other += second[axis] ?? 0;
      if (++index[axis] < shape[axis]) break;
      one -= first[axis] * shape[axis];
      other -= (second[axis] ?? 0) * shape[axis];
      index[axis] = 0;
    }
  }
}

function transpose({ shape, data }, { perm }) {
  const strides = stridesOf(shape);
  const moved = { shape: perm.map((axis) => shape[axis]), data: new Float32Array(data.length) };
  walk(moved.shape, [perm.map((axis) => strides[axis])], (place, from) => (moved.data[place] = data[from]));
  return moved;
}

function reshape({ shape, data }, { data: wanted }) {
  const known = Array.from(wanted, (n, axis) => (n === 0 ? shape[axis] : n));
  const rest = data.length / Math.abs(size(known));
  return { shape: known.map((n) => (n === -1 ? rest : n)), data };
}

// A part along some axes.
function slice(x, starts, ends, axes) {
  return Array.from(axes.data).reduce((part, negative, i) => {
    const axis = fromEnd(negative, part.shape);
    const n = part.shape[axis];
    const [start, end] = [starts, ends].map(({ data }) => Math.min(data[i] < 0 ? data[i] + n : data[i], n));
    return pick(part, axis, Array.from({ length: end - start }, (_, k) => start + k));
  }, x);
}

// Some places along an axis.
function pick({ shape, data }, axis, places) {
  const [before, inner] = [size(shape.slice(0, axis)), size(shape.slice(axis + 1))];
  const picked = new Float32Array(before * places.length * inner);
  for (let block = 0; block < before; block++) {
    places.forEach((place, i) => {
      const start = (block * shape[axis] + place) * inner;
      picked.set(data.subarray(start, start + inner), (block * places.length + i) * inner);
    });
  }
  return { shape: shape.with(axis, places.length), data: picked };
}

function concatenate(parts, negative) {
  const axis = fromEnd(negative, parts[0].shape);
  const lengths = parts.map(({ shape }) => size(shape.slice(axis)));
  const before = size(parts[0].shape.slice(0, axis));
  const row = lengths.reduce((total, n) => total + n);
  const data = new Float32Array(before * row);
  let start = 0;
  parts.forEach((part, i) => {
    for (let block = 0; block < before; block++) {
      data.set(part.data.subarray(block * lengths[i], (block + 1) * lengths[i]), block * row + start);
    }
    start += lengths[i];
  });
  const length = parts.reduce((total, { shape }) => total + shape[axis], 0);
  return { shape: parts[0].shape.with(axis, length), data };
}

// Reduce some axes to one value.
function reduce(x, axes, keepdims, merge, finish = (value) => value) {
  const reduced = new Set(Array.from(axes, (axis) => fromEnd(axis, x.shape)));
  const kept = x.shape.map((n, axis) => (reduced.has(axis) ? 1 : n));
  const strides = stridesOf(kept).map((stride, axis) => (reduced.has(axis) ? 0 : stride));
  const data = new Float32Array(size(kept)).fill(NaN);
  walk(x.shape, [strides], (place, to) => {
    data[to] = Number.isNaN(data[to]) ? x.data[place] : merge(data[to], x.data[place]);
  });
  const n = x.data.length / data.length;
  const shape = keepdims === 0 ? x.shape.filter((_, axis) => !reduced.has(axis)) : kept;
  return { shape, data: data.map((value) => finish(value, n)) };
}

const reducing = (merge, finish) => (x, axes, attributes) =>
  reduce(x, axes.data, attributes.keepdims, merge, finish);

const add = (a, b) => a + b;
const mean = (total, n) => total / n;

// Rows times columns: (rows, n) by (n, columns), added to what is in the result. Four rows of
// the second at a time are read for each pass through the result.
function multiply(a, b, result, rows, n, columns) {
  for (let row = 0; row < rows; row++) {
    const to = row * columns;
    let k = 0;
    for (; k + 3 < n; k += 4) {
      const [w0, w1, w2, w3] = [a[row * n + k], a[row * n + k + 1], a[row * n + k + 2], a[row * n + k + 3]];
      if (w0 === 0 && w1 === 0 && w2 === 0 && w3 === 0) continue;
      const [from0, from1, from2, from3] = [k * columns, (k + 1) * columns, (k + 2) * columns, (k + 3) * columns];
      for (let column = 0; column < columns; column++) {
        result[to + column] +=
          w0 * b[from0 + column] + w1 * b[from1 + column] + w2 * b[from2 + column] + w3 * b[from3 + column];
      }
    }
    for (; k < n; k++) {
      const weight = a[row * n + k];
      for (let column = 0; column < columns; column++) result[to + column] += weight * b[k * columns + column];
    }
  }
}

function matmul(a, b) {
  const [n, columns] = b.shape;
  const rows = a.data.length / n;
  const product = { shape: [...a.shape.slice(0, -1), columns], data: new Float32Array(rows * columns) };
  multiply(a.data, b.data, product.data, rows, n, columns);
  return product;
}

function gemm(a, b, c) {
  const product = matmul(a, b);
  return c ? combine(product, c, add) : product;
}

// How a window slides over the pixels of an image.
function windowOf([height, width], { kernel_shape: kernel, strides, pads, dilations }) {
  const places = [height, width].map((n, axis) => {
    const extent = (kernel[axis] - 1) * dilations[axis] + 1;
    return Math.floor((n + pads[axis] + pads[axis + 2] - extent) / strides[axis]) + 1;
  });
  const at = (axis, place, k) => place * strides[axis] - pads[axis] + k * dilations[axis];
  return { kernel, places, at };
}

function convolve(x, kernels, bias, attributes) {
  const [n, channels, height, width] = x.shape;
  const [filters, perGroup] = kernels.shape;
  const { kernel, places: [down, across], at } = windowOf([height, width], attributes);
  const nPlaces = down * across;
  const inKernel = perGroup * kernel[0] * kernel[1];
  const groups = channels / perGroup;
  const columns = new Float32Array(inKernel * nPlaces);
  const data = new Float32Array(n * filters * nPlaces);
  if (bias) data.forEach((_, place) => (data[place] = bias.data[Math.floor(place / nPlaces) % filters]));
  for (let image = 0; image < n; image++) {
    for (let group = 0; group < groups; group++) {
      let row = 0;
      for (let channel = 0; channel < perGroup; channel++) {
        const from = (image * channels + group * perGroup + channel) * height * width;
        for (let ky = 0; ky < kernel[0]; ky++) {
          for (let kx = 0; kx < kernel[1]; kx++, row++) {
            for (let i = 0; i < down; i++) {
              const y = at(0, i, ky);
              for (let j = 0; j < across; j++) {
                const column = at(1, j, kx);
                const isInside = y >= 0 && y < height && column >= 0 && column < width;
                columns[row * nPlaces + i * across + j] = isInside ? x.data[from + y * width + column] : 0;
              }
            }
          }
        }
      }
      const ofGroup = filters / groups;
      const weights = kernels.data.subarray(group * ofGroup * inKernel, (group + 1) * ofGroup * inKernel);
      const start = (image * filters + group * ofGroup) * nPlaces;
      multiply(weights, columns, data.subarray(start, start + ofGroup * nPlaces), ofGroup, inKernel, nPlaces);
    }
  }
  return { shape: [n, filters, down, across], data };
}

// The maxima or means of windows; pixels beyond the edge do not count.
function pool(x, attributes, merge, finish) {
  const [n, channels, height, width] = x.shape;
  const { kernel, places: [down, across], at } = windowOf([height, width], attributes);
  const data = new Float32Array(n * channels * down * across);
  data.forEach((_, place) => {
    const from = Math.floor(place / (down * across)) * height * width;
    const [i, j] = [Math.floor(place / across) % down, place % across];
    let [found, count] = [NaN, 0];
    for (let ky = 0; ky < kernel[0]; ky++) {
      for (let kx = 0; kx < kernel[1]; kx++) {
        const [y, column] = [at(0, i, ky), at(1, j, kx)];
        if (y < 0 || y >= height || column < 0 || column >= width) continue;
        const value = x.data[from + y * width + column];
        found = count++ ? merge(found, value) : value;
      }
    }
    data[place] = finish(found, count);
  });
  return { shape: [n, channels, down, across], data };
}

function normalize(x, scale, offset, means, variances, { epsilon }) {
  const inner = size(x.shape.slice(2));
  const factors = scale.data.map((value, i) => value / Math.sqrt(variances.data[i] + epsilon));
  const channels = factors.length;
  const data = x.data.map((value, place) => {
    const channel = Math.floor(place / inner) % channels;
    return (value - means.data[channel]) * factors[channel] + offset.data[channel];
  });
  return { shape: x.shape, data };
}

function softmax(x, { axis }) {
  const axes = [axis];
  const powers = combine(x, reduce(x, axes, 1, Math.max), (value, most) => Math.exp(value - most));
  return combine(powers, reduce(powers, axes, 1, add), (value, total) => value / total);
}

const expand = (x, { data: shape }) => {
  const whole = { shape: Array.from(shape), data: new Float32Array(size(Array.from(shape))) };
  return combine(x, whole, (value) => value);
};

const spatial = (x) => x.shape.slice(2).map((_, axis) => axis + 2);

// By ONNX' names; each takes its inputs and then its attributes.
const OPERATIONS = {
  Abs: each(Math.abs),
  Add: (a, b) => combine(a, b, add),
  AveragePool: (x, attributes) => pool(x, attributes, add, mean),
  BatchNormalization: normalize,
  Cast: (x) => x,
  Clip: (x, low, high) => map(x, (value) => Math.min(Math.max(value, low.data[0]), high.data[0])),
  Concat: (...parts) => concatenate(parts.slice(0, -1), parts.at(-1).axis),
  Conv: (x, kernels, ...rest) => convolve(x, kernels, rest.length > 1 ? rest[0] : null, rest.at(-1)),
  Div: (a, b) => combine(a, b, (one, other) => one / other),
  Exp: each(Math.exp),
  Expand: expand,
  Gather: (x, places, { axis }) => pick(x, fromEnd(axis, x.shape), Array.from(places.data)),
  Gemm: (a, b, ...rest) => gemm(a, b, rest.length > 1 ? rest[0] : null),
  GlobalAveragePool: (x) => reduce(x, spatial(x), 1, add, mean),
  GlobalMaxPool: (x) => reduce(x, spatial(x), 1, Math.max),
  HardSigmoid: (x, { alpha, beta }) => map(x, (value) => Math.min(Math.max(alpha * value + beta, 0), 1)),
  Identity: (x) => x,
  LeakyRelu: (x, { alpha }) => map(x, (value) => (value < 0 ? alpha * value : value)),
  MatMul: matmul,
  Max: (a, b) => combine(a, b, Math.max),
  MaxPool: (x, attributes) => pool(x, attributes, Math.max, (value) => value),
  Min: (a, b) => combine(a, b, Math.min),
  Mul: (a, b) => combine(a, b, (one, other) => one * other),
  Neg: each((value) => -value),
  Pow: (a, b) => combine(a, b, Math.pow),
  PRelu: (x, slope) => combine(x, slope, (value, factor) => (value < 0 ? factor * value : value)),
  ReduceMax: reducing(Math.max),
  ReduceMean: reducing(add, mean),
  ReduceMin: reducing(Math.min),
  Relu: each((value) => Math.max(value, 0)),
  Reshape: reshape,
  Sigmoid: each(sigmoid),
  Slice: slice,
  Softmax: softmax,
  Softsign: each((value) => value / (1 + Math.abs(value))),
  Sqrt: each(Math.sqrt),
  Sub: (a, b) => combine(a, b, (one, other) => one - other),
  Tanh: each(Math.tanh),
  Transpose: transpose,
};

export class Network {
  #nodes;
  #constants;
  #shape;

  // Nodes are [operation, inputs, output, attributes]; constants are { shape, values } or, in
  // base64, { shape, half } or { shape, single }.
  constructor({ shape, nodes, constants }) {
    this.#shape = shape;
    this.#nodes = nodes;
    this.#constants = Object.entries(constants).map(([name, constant]) => [
      name,
      { shape: constant.shape, data: decode(constant) },
    ]);
  }

  // The logits of an image: bytes, row by row.
  logits(image) {
    const values = new Map(this.#constants);
    values.set("X", { shape: [1, ...this.#shape], data: Float32Array.from(image) });
    for (const [operation, inputs, output, attributes] of this.#nodes) {
      const found = inputs.map((name) => values.get(name));
      values.set(output, OPERATIONS[operation](...found, attributes));
    }
    return values.get("logits").data;
  }
}

function decode({ half, single, values }) {
  if (values) return Float32Array.from(values);
  const bytes = Uint8Array.from(atob(half ?? single), (letter) => letter.charCodeAt(0));
  return single ? new Float32Array(bytes.buffer) : Float32Array.from(new Uint16Array(bytes.buffer), halfToNumber);
}

// Half precision: a sign, five bits of exponent, ten of fraction.
function halfToNumber(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -14 * (fraction / 1024));
}
