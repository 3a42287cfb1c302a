//! Layers with a state.

use crate::random::{bits, rounds, values};
use crate::reference::multiply;
use fastrand::Rng;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tinynet_core::Element;
use tinynet_core::kernels::{Lstm, LstmGate, Svdf};
use tinynet_core::requantize::MultiplierPerTensor;

/// A requantisation to a type.
fn to<S: Element>(rng: &mut Rng, shifts: std::ops::RangeInclusive<i8>) -> MultiplierPerTensor {
    let [min, max] = [S::min_value(), S::max_value()].map(Element::widen);
    MultiplierPerTensor { multiplier: rng.i32(1 << 30..), shift: rng.i8(shifts), zero_point: 0, min, max }
}

fn apply(to: &MultiplierPerTensor, accumulator: i32) -> i32 {
    (multiply(accumulator, to.multiplier, to.shift) + to.zero_point).clamp(to.min, to.max)
}

/// All features of all steps are kept, and each output is calculated from the definition.
fn svdf<S: Element>(rng: &mut Rng, state_zero_point: i32) {
    let [inputs, outputs, rank] = [rng.usize(0..20), rng.usize(1..12), rng.usize(1..4)];
    let (filters, memory) = (outputs * rank, rng.usize(1..6));
    let feature_weights = values(rng, filters * inputs);
    let time_weights: Vec<S> = values(rng, filters * memory).iter().map(|&w| S::narrow(w.into())).collect();
    let feature_bias: Vec<i32> = (0..filters).map(|_| rng.i32(-9_999..9_999)).collect();
    let bias: Vec<i32> = (0..outputs).map(|_| rng.i32(-9_999..9_999)).collect();
    let layer = Svdf {
        inputs,
        filters,
        rank,
        memory,
        feature_weights: &bits(&feature_weights),
        feature_bias: &feature_bias,
        to_state: to::<S>(rng, -9..=-5),
        state_zero_point,
        time_weights: &time_weights,
        bias: &bias,
        to_output: MultiplierPerTensor { zero_point: rng.i32(-20..20), ..to::<i8>(rng, -9..=-5) },
    };
    let mut state = vec![S::default(); filters * (memory - 1)];
    let mut features: Vec<Vec<i32>> = vec![vec![0; filters]; memory];
    for _ in 0..7 {
        let input = values(rng, inputs);
        let mut output = vec![0; outputs];
        layer.run(&input, &mut output, &mut state);
        let feature = |filter: usize| {
            let products =
                (0..inputs).map(|i| i32::from(feature_weights[filter * inputs + i]) * i32::from(input[i]));
            apply(&layer.to_state, feature_bias[filter] + products.sum::<i32>())
        };
        features.push((0..filters).map(feature).collect());
        // An int8 wraps where the zero point leads beyond its range.
        let value = |feature: i32| match S::max_value().widen() {
            127 => i32::from((feature + state_zero_point) as i8) - state_zero_point,
            _ => feature,
        };
        for unit in 0..outputs {
            let mut sum = bias[unit];
            for filter in unit * rank..(unit + 1) * rank {
                for time in 0..memory {
                    let feature = features[features.len() - memory + time][filter];
                    sum += time_weights[filter * memory + time].widen() * value(feature);
                }
            }
            assert_eq!(i32::from(output[unit]), apply(&layer.to_output, sum));
        }
    }
}

#[test]
fn features_are_remembered() {
    rounds(200, |rng| {
        svdf::<i16>(rng, 0);
        let zero_point = rng.i32(-128..128);
        svdf::<i8>(rng, zero_point);
    });
}

/// A layer's numbers, which its parameters borrow.
struct Numbers {
    steps: usize,
    inputs: usize,
    cells: usize,
    gates: Vec<Gate>,
    cell_integer_bits: u8,
    first_hidden: i8,
}

struct Gate {
    input_weights: Vec<i8>,
    bias: Vec<i32>,
    recurrent_weights: Vec<i8>,
    bits: [Vec<u8>; 2],
    recurrent_bias: Vec<i32>,
}

/// In Q3.12, one step of the input is 2^-7 and one of the weights 2^-9: sums have 16 places, and lose 4.
const TO_GATE: (i32, i8) = (1 << 30, -3);
/// Two Q0.15 make 30 places; the output has 7.
const TO_OUTPUT: (i32, i8) = (1 << 30, -22);

impl Numbers {
    fn random(rng: &mut Rng) -> Self {
        let [steps, inputs, cells] = [rng.usize(1..6), rng.usize(1..40), rng.usize(1..40)];
        let first_hidden = if rng.bool() { 0 } else { rng.i8(-9..9) };
        let gate = |rng: &mut Rng| {
            let input_weights = values(rng, cells * inputs);
            let recurrent_weights = values(rng, cells * cells);
            let sum = |row: &[i8]| row.iter().map(|&w| i32::from(w)).sum::<i32>();
            let folded = recurrent_weights.chunks(cells).map(|row| -i32::from(first_hidden) * sum(row));
            Gate {
                bits: [bits(&input_weights), bits(&recurrent_weights)],
                bias: (0..cells).map(|_| rng.i32(-90_000..90_000)).collect(),
                recurrent_bias: if first_hidden == 0 { vec![] } else { folded.collect() },
                input_weights,
                recurrent_weights,
            }
        };
        let gates = (0..4).map(|_| gate(rng)).collect();
        Self { steps, inputs, cells, gates, cell_integer_bits: rng.u8(0..=6), first_hidden }
    }

    fn layer(&self, steps: usize) -> Lstm<'_> {
        let gate = |gate: usize| LstmGate {
            input_weights: &self.gates[gate].bits[0],
            input_bias: &self.gates[gate].bias,
            input_multiplier: TO_GATE,
            recurrent_weights: &self.gates[gate].bits[1],
            recurrent_bias: &self.gates[gate].recurrent_bias,
            recurrent_multiplier: TO_GATE,
        };
        Lstm {
            steps,
            inputs: self.inputs,
            cells: self.cells,
            gates: [0, 1, 2, 3].map(gate),
            cell_integer_bits: self.cell_integer_bits,
            cell_limits: [i16::MIN, i16::MAX],
            output_multiplier: TO_OUTPUT,
            output_zero_point: self.first_hidden.into(),
            first_hidden: self.first_hidden,
        }
    }

    /// The next output in real numbers, from that before and the state, which it changes.
    fn step(&self, input: &[i8], hidden: &[f64], state: &mut [f64]) -> Vec<f64> {
        let gate = |gate: usize, cell: usize| {
            let gate = &self.gates[gate];
            let row = |weights: &'_ [i8], length: usize| -> Vec<f64> {
                weights[cell * length..][..length].iter().map(|&weight| f64::from(weight)).collect()
            };
            let of_input: f64 =
                row(&gate.input_weights, self.inputs).iter().zip(input).map(|(w, &x)| w * f64::from(x)).sum();
            let of_hidden: f64 =
                row(&gate.recurrent_weights, self.cells).iter().zip(hidden).map(|(w, h)| w * h * 128.0).sum();
            let [a, b] = [of_input + f64::from(gate.bias[cell]), of_hidden].map(|sum| sum / 65536.0);
            (a.clamp(-8.0, 8.0) + b).clamp(-8.0, 8.0)
        };
        let logistic = |x: f64| 1.0 / (1.0 + (-x).exp());
        let limit = f64::from(1 << self.cell_integer_bits);
        let step = |cell: usize| {
            let [i, f, g, o] = [0, 1, 2, 3].map(|kind| gate(kind, cell));
            state[cell] = (logistic(f) * state[cell] + logistic(i) * g.tanh()).clamp(-limit, limit);
            logistic(o) * state[cell].tanh()
        };
        (0..self.cells).map(step).collect()
    }
}

/// Each output is near what real numbers make of the same state.
#[test]
fn cells_calculate_as_they_should() {
    rounds(100, |rng| {
        let numbers = Numbers::random(rng);
        let layer = numbers.layer(1);
        let (mut hidden, mut cell) = (vec![0; numbers.cells], vec![0; numbers.cells]);
        for _ in 0..4 {
            let input = values(rng, numbers.inputs);
            let places = f64::from(1u32 << (15 - numbers.cell_integer_bits));
            // What is kept are the differences to the first.
            let before: Vec<f64> = hidden.iter().map(|&h| f64::from(h) / 128.0).collect();
            let mut state: Vec<f64> = cell.iter().map(|&c| f64::from(c) / places).collect();
            let expected = numbers.step(&input, &before, &mut state);
            let mut output = vec![0; numbers.cells];
            layer.run(&input, &mut output, &mut hidden, &mut cell);
            for index in 0..numbers.cells {
                let made = f64::from(i32::from(output[index]) - i32::from(numbers.first_hidden));
                let ends = [-128, 127].map(|end| f64::from(end - i32::from(numbers.first_hidden)));
                let wanted = (128.0 * expected[index]).clamp(ends[0], ends[1]);
                assert!((made - wanted).abs() <= 1.0, "output {made} instead of {wanted}");
                let difference = f64::from(cell[index]) / places - state[index];
                assert!(difference.abs() < 0.002 + 2.0 / places, "{difference}");
            }
        }
    });
}

#[test]
fn a_sequence_is_its_steps() {
    rounds(100, |rng| {
        let numbers = Numbers::random(rng);
        let (steps, inputs, cells) = (numbers.steps, numbers.inputs, numbers.cells);
        let input = values(rng, steps * inputs);
        let (mut whole, mut hidden, mut cell) = (vec![0; steps * cells], vec![0; cells], vec![0; cells]);
        numbers.layer(steps).run(&input, &mut whole, &mut hidden, &mut cell);
        let (mut one, mut one_hidden, mut one_cell) = (vec![0; cells], vec![0; cells], vec![0; cells]);
        for (input, expected) in input.chunks(inputs).zip(whole.chunks(cells)) {
            numbers.layer(1).run(input, &mut one, &mut one_hidden, &mut one_cell);
            assert_eq!(one, expected);
        }
        assert_eq!((one_hidden, one_cell), (hidden, cell));
    });
}

/// The output may overlap the input as far as the lead says, and no farther.
#[test]
fn outputs_may_be_written_over_inputs() {
    rounds(100, |rng| {
        let numbers = Numbers::random(rng);
        let (steps, inputs, cells) = (numbers.steps, numbers.inputs, numbers.cells);
        let layer = numbers.layer(steps);
        let input = values(rng, steps * inputs);
        let (mut apart, mut hidden, mut cell) = (vec![0; steps * cells], vec![0; cells], vec![0; cells]);
        layer.run(&input, &mut apart, &mut hidden, &mut cell);
        // By its definition: what is made of a vector ends before that vector, and all behind it.
        let distances = (0..steps).map(|step| ((step + 1) * cells) as isize - (step * inputs) as isize);
        assert_eq!(Some(layer.lead()), distances.max());
        let lead = layer.lead() as usize;
        let run = |begin: usize| {
            let mut memory = vec![0x55; (begin + steps * inputs).max(steps * cells)];
            memory[begin..][..steps * inputs].copy_from_slice(&input);
            let (mut hidden, mut cell) = (vec![0; cells], vec![0; cells]);
            layer.run_within(&mut memory, begin, 0, &mut hidden, &mut cell);
            memory.truncate(steps * cells);
            (memory, hidden, cell)
        };
        assert_eq!(run(lead), (apart.clone(), hidden.clone(), cell.clone()));
        assert_eq!(run(lead + 3), (apart, hidden, cell));
        assert!(catch_unwind(AssertUnwindSafe(|| run(lead - 1))).is_err());
    });
}

/// What stands for zeros everywhere makes zeros.
#[test]
fn the_beginning_is_zero() {
    let weights = [3u8; 4];
    let gate = LstmGate {
        input_weights: &weights[..2],
        input_bias: &[0],
        input_multiplier: TO_GATE,
        recurrent_weights: &weights[..1],
        recurrent_bias: &[-3 * 5],
        recurrent_multiplier: TO_GATE,
    };
    let layer = Lstm {
        steps: 2,
        inputs: 2,
        cells: 1,
        gates: [gate; 4],
        cell_integer_bits: 3,
        cell_limits: [i16::MIN, i16::MAX],
        output_multiplier: TO_OUTPUT,
        output_zero_point: 5,
        first_hidden: 5,
    };
    let (mut output, mut hidden, mut cell) = ([0; 2], [0], [0]);
    layer.run(&[0; 4], &mut output, &mut hidden, &mut cell);
    assert_eq!((output, hidden, cell), ([5, 5], [0], [0]));
}
