//! Long short-term memory in real numbers.

use super::dot::dot;
use crate::graph::{Lstm, LstmGate};

/// What a sequence gives.
pub(crate) struct Made {
    /// `[steps, cells]`
    pub(crate) output: Vec<f32>,
    /// Largest magnitude of a cell's state.
    pub(crate) largest_cell: f64,
}

/// Runs a sequence from a state of zeros.
pub(crate) fn run(lstm: &Lstm, input: &[f32]) -> Made {
    let (mut hidden, mut states) = (vec![0f32; lstm.cells], vec![0f64; lstm.cells]);
    let mut made = Made { output: Vec::with_capacity(lstm.steps * lstm.cells), largest_cell: 0.0 };
    for vector in input.chunks(lstm.inputs) {
        let next: Vec<f32> = (0..lstm.cells)
            .map(|cell| {
                let [i, f, g, o] = [0, 1, 2, 3].map(|gate| sum(&lstm.gates[gate], cell, vector, &hidden));
                let mut state = logistic(f) * states[cell] + logistic(i) * libm::tanh(g);
                if let Some(limit) = lstm.cell_limit.map(f64::from) {
                    state = state.max(-limit).min(limit);
                }
                states[cell] = state;
                made.largest_cell = made.largest_cell.max(state.abs());
                (logistic(o) * libm::tanh(state)) as f32
            })
            .collect();
        made.output.extend_from_slice(&next);
        hidden = next;
    }
    made
}

/// `W x + b + R h` of a cell.
fn sum(gate: &LstmGate, cell: usize, vector: &[f32], hidden: &[f32]) -> f64 {
    let input = &gate.input_weights[cell * vector.len()..][..vector.len()];
    let recurrent = &gate.recurrent_weights[cell * hidden.len()..][..hidden.len()];
    f64::from(gate.bias[cell]) + dot(input, vector) + dot(recurrent, hidden)
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-x))
}
