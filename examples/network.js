// A network in JavaScript that refnet can judge:
//
//     refnet check --command "node examples/network.js"
//     refnet check --command "node examples/network.js --wrong"
//
// It has sigmoid units, the quadratic cost and an L2 penalty, and sends the mean over the batch.
// Everything it says to refnet is in the last section; docs/protocol.md describes the lines.
// With --wrong it makes a mistake that trains very well: it sends the error back through the
// layers before it is multiplied by sigma'(z), and not after.

"use strict";

const WRONG = process.argv.includes("--wrong");

// ---- matrices: lists of rows; one column is one sample ------------------------------------------

const matrix = (rows, columns, entry) =>
  Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => entry(i, j)));
const map = (a, f) => a.map((row, i) => row.map((value, j) => f(value, i, j)));
const transposed = (a) => matrix(a[0].length, a.length, (i, j) => a[j][i]);
const times = (a, b) =>
  matrix(a.length, b[0].length, (i, j) => a[i].reduce((sum, value, k) => sum + value * b[k][j], 0));
const total = (a) => a.flat().reduce((sum, value) => sum + value, 0);

// ---- the network --------------------------------------------------------------------------------

const sigmoid = (z) => 1 / (1 + Math.exp(-z));
const sigmoidPrime = (z) => sigmoid(z) * (1 - sigmoid(z));

class Network {
  constructor(weights, biases, lambda, n) {
    Object.assign(this, { weights, biases, lambda, n });
  }

  // Return z and a of every layer; the input counts as the first a.
  forward(x) {
    const zs = [];
    const activations = [x];
    this.weights.forEach((w, layer) => {
      const z = map(times(w, activations[layer]), (value, i) => value + this.biases[layer][i][0]);
      zs.push(z);
      activations.push(map(z, sigmoid));
    });
    return { zs, activations };
  }

  outputs(x) {
    return this.forward(x).activations.at(-1);
  }

  cost(x, y) {
    const m = x[0].length;
    const off = map(this.outputs(x), (a, i, j) => (a - y[i][j]) ** 2);
    const squares = this.weights.map((w) => total(map(w, (value) => value ** 2)));
    const penalty = squares.reduce((sum, value) => sum + value, 0);
    return total(off) / (2 * m) + (this.lambda / (2 * this.n)) * penalty;
  }

  gradients(x, y) {
    const m = x[0].length;
    const { zs, activations } = this.forward(x);
    const weights = [];
    const biases = [];
    let error = map(activations.at(-1), (a, i, j) => a - y[i][j]);
    for (let layer = this.weights.length - 1; layer >= 0; layer--) {
      const delta = map(error, (value, i, j) => value * sigmoidPrime(zs[layer][i][j])); // BP1, BP2
      biases[layer] = delta.map((row) => [row.reduce((sum, value) => sum + value, 0) / m]); // BP3
      const products = times(delta, transposed(activations[layer]));
      weights[layer] = map(products, (value, i, j) => {
        return value / m + (this.lambda / this.n) * this.weights[layer][i][j]; // BP4
      });
      error = times(transposed(this.weights[layer]), WRONG ? error : delta);
    }
    return { weights, biases };
  }

  step(x, y, rate) {
    const slopes = this.gradients(x, y);
    const down = (value, slope) => value - rate * slope;
    for (const name of ["weights", "biases"]) {
      this[name] = this[name].map((a, layer) =>
        map(a, (value, i, j) => down(value, slopes[name][layer][i][j])),
      );
    }
  }
}

// ---- what refnet asks ---------------------------------------------------------------------------

const HELLO = {
  refnet: 1,
  style: "JavaScript",
  capabilities: {
    parts: ["outputs", "cost", "gradients", "step"],
    heads: [{ hidden: "sigmoid", output: "sigmoid", cost: "quadratic" }],
  },
  conventions: { gradients: "mean", step: "mean", direction: "gradient", l2: "n" },
};

function answer(problem) {
  const network = () =>
    new Network(problem.weights, problem.biases, problem.l2, problem.training_size);
  const parts = {
    outputs: () => network().outputs(problem.x),
    cost: () => network().cost(problem.x, problem.y),
    gradients: () => network().gradients(problem.x, problem.y),
    step: () => {
      const trained = network();
      for (let step = 0; step < problem.steps; step++) {
        trained.step(problem.x, problem.y, problem.learning_rate);
      }
      return { weights: trained.weights, biases: trained.biases };
    },
  };
  return Object.fromEntries(problem.asks.map((part) => [part, parts[part]()]));
}

// JSON has no NaN and no infinities: they are strings.
const finite = (_, value) =>
  typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
const say = (message) => process.stdout.write(`${JSON.stringify(message, finite)}\n`);

require("node:readline")
  .createInterface({ input: process.stdin })
  .on("line", (line) => {
    const message = JSON.parse(line);
    if ("hello" in message) {
      say(HELLO);
    } else {
      say({ id: message.id, answer: answer(message.problem) });
    }
  });
