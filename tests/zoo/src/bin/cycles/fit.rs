//! Constants of the plan that fit what was measured: least squares.

use std::collections::BTreeMap;
use tinynet_compiler::plan::cycles::Time;
use tinynet_compiler::plan::cycles::parts::ALL;

/// A layer's parts and its cycles.
pub(crate) struct Observation {
    pub(crate) name: String,
    pub(crate) time: Time,
    /// On a Cortex-M0 and on a Cortex-M0+, and multiplications.
    pub(crate) cycles: [f64; 3],
}

/// A part by its name, and whether its elements are wider than a byte.
pub(crate) type Key = (&'static str, bool);

/// Cycles of parts on a Cortex-M0 and on a Cortex-M0+, and multiplications.
pub(crate) type Constants = BTreeMap<Key, [f64; 3]>;

/// Which of those are multiplications.
const MULTIPLICATIONS: usize = 2;

/// How strongly constants are held where they are: enough for those that no layer tells anything of, and for sums of which
/// layers tell nothing but the whole.
const HOLD: f64 = 1e-3;
/// Cycles of a part on a Cortex-M0+ to those on a Cortex-M0, about.
const PLUS: f64 = 0.94;
/// Layers of fewer cycles count less: a cycle is nothing to them that anybody would notice.
const SMALL: f64 = 400.0;
/// Cycles of a multiplication where they are most.
const SLOW: f64 = 32.0;
/// Layers that are off by this part count half, those that are farther off less: the compiler makes something else of a few
/// layers, whose sizes it knows. At first nearly all layers count, from round to round fewer.
const FAR: [f64; 8] = [0.7, 0.5, 0.35, 0.25, 0.18, 0.13, 0.1, 0.1];

/// The constants as they are.
pub(crate) fn current() -> Constants {
    let of = |is_wide| ALL.iter().map(move |part| ((part.name, is_wide), part.time(is_wide)));
    of(false).chain(of(true)).collect()
}

/// Which of the constants any of the layers tells something of.
pub(crate) fn observed(observations: &[Observation]) -> Vec<Key> {
    let mut keys: Vec<Key> = observations
        .iter()
        .flat_map(|observation| {
            let counts = observation.time.counts().iter().filter(|(_, times)| *times > 0);
            counts.map(|(part, _)| (part.name, observation.time.is_wide()))
        })
        .collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Constants that are not negative and fit best.
pub(crate) fn fit(observations: &[Observation]) -> Constants {
    let mut constants = current();
    let keys = observed(observations);
    for core in 0..=MULTIPLICATIONS {
        // What is not known better takes about as much less on a Cortex-M0+ as branches do.
        let hold = |time: &[f64; 3]| [time[0], time[0] * PLUS, time[MULTIPLICATIONS]][core];
        let held: Vec<f64> = keys.iter().map(|key| hold(&constants[key])).collect();
        for far in FAR {
            let weight = |observation: &Observation| {
                let measured = observation.cycles[core];
                let off = (cycles(&observation.time, &constants, core) - measured) / measured.max(1.0);
                1.0 / (1.0 + (off / far).powi(2))
            };
            let weights: Vec<f64> = observations.iter().map(weight).collect();
            let system = System { observations, weights: &weights, keys: &keys, held: &held, core };
            for (key, cycles) in keys.iter().zip(system.not_negative()) {
                constants.entry(*key).or_default()[core] = cycles;
            }
        }
    }
    constants
}

/// [`SMALL`] in the unit of a column of the constants.
fn small(core: usize) -> f64 {
    if core == MULTIPLICATIONS { SMALL / SLOW } else { SMALL }
}

/// What is known of one core.
struct System<'a> {
    observations: &'a [Observation],
    /// How much each counts.
    weights: &'a [f64],
    keys: &'a [Key],
    held: &'a [f64],
    core: usize,
}

impl System<'_> {
    /// Leaves out what would be negative until nothing is.
    fn not_negative(&self) -> Vec<f64> {
        let mut is_zero = vec![false; self.keys.len()];
        loop {
            let solution = self.least_squares(&is_zero);
            let mut is_changed = false;
            for (is_zero, &cycles) in is_zero.iter_mut().zip(&solution) {
                is_changed |= cycles < 0.0 && !*is_zero;
                *is_zero |= cycles < 0.0;
            }
            if !is_changed {
                return solution;
            }
        }
    }

    /// The sum over layers of (Σ times · cycles - measured)² / measured² becomes least.
    fn least_squares(&self, is_zero: &[bool]) -> Vec<f64> {
        let size = self.keys.len();
        let index: BTreeMap<Key, usize> =
            self.keys.iter().enumerate().map(|(index, key)| (*key, index)).collect();
        let mut matrix = vec![vec![0.0; size + 1]; size];
        for (observation, weight) in self.observations.iter().zip(self.weights) {
            let measured = observation.cycles[self.core];
            let weight = weight / measured.max(small(self.core)).powi(2);
            let mut row: BTreeMap<usize, f64> = BTreeMap::new();
            for (part, times) in observation.time.counts().iter().filter(|(_, times)| *times > 0) {
                *row.entry(index[&(part.name, observation.time.is_wide())]).or_default() += *times as f64;
            }
            row.retain(|&place, _| !is_zero[place]);
            for (&a, of_a) in &row {
                for (&b, of_b) in &row {
                    matrix[a][b] += weight * of_a * of_b;
                }
                matrix[a][size] += weight * of_a * measured;
            }
        }
        for (place, row) in matrix.iter_mut().enumerate() {
            if is_zero[place] {
                row[place] = 1.0;
                continue;
            }
            let hold = HOLD / self.held[place].max(1.0).powi(2);
            row[place] += hold;
            row[size] += hold * self.held[place];
        }
        solve(matrix)
    }
}

/// Gauss' elimination; the last column is the right side.
fn solve(mut matrix: Vec<Vec<f64>>) -> Vec<f64> {
    let size = matrix.len();
    for column in 0..size {
        let largest =
            (column..size).max_by(|&a, &b| matrix[a][column].abs().total_cmp(&matrix[b][column].abs()));
        matrix.swap(column, largest.unwrap_or(column));
        let pivot = matrix[column].clone();
        for row in matrix.iter_mut().skip(column + 1) {
            let factor = row[column] / pivot[column];
            for (value, pivot) in row.iter_mut().zip(&pivot).skip(column) {
                *value -= factor * pivot;
            }
        }
    }
    let mut solution = vec![0.0; size];
    for row in (0..size).rev() {
        let known: f64 = (row + 1..size).map(|column| matrix[row][column] * solution[column]).sum();
        solution[row] = (matrix[row][size] - known) / matrix[row][row];
    }
    solution
}

/// Cycles of a layer with other constants.
pub(crate) fn cycles(time: &Time, constants: &Constants, core: usize) -> f64 {
    let counts = time.counts().iter();
    counts.map(|(part, times)| constants[&(part.name, time.is_wide())][core] * *times as f64).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tinynet_compiler::kernel_parameters::KernelParameters;
    use tinynet_compiler::plan::CodeShape;
    use tinynet_compiler::plan::cycles::{Output, time};
    use tinynet_compiler::quantized::{Element, Gather};

    /// A layer of a kernel with five parts.
    fn layer(lines: usize, columns: usize, channels: usize) -> Time {
        let gather = Gather {
            images: 1,
            input: [lines, columns, channels],
            rows: (0..lines as u16).collect(),
            columns: (0..columns as u16).collect(),
        };
        let output = Output { elements: lines * columns * channels, element: Element::Int8 };
        time(&KernelParameters::Gather(gather), &CodeShape::Loop, output)
    }

    #[test]
    fn constants_behind_layers_are_found() {
        let mut wanted = current();
        for (index, cycles) in wanted.values_mut().enumerate() {
            *cycles = [0, 1, 2].map(|core| cycles[core] + (index % [7, 5, 3][core]) as f64);
        }
        let observation = |time: Time, cycles: [f64; 3]| Observation { name: String::new(), time, cycles };
        let mut observations = Vec::new();
        for [lines, columns, channels] in
            [[1, 1, 1], [1, 9, 2], [3, 2, 3], [8, 1, 4], [2, 7, 9], [5, 5, 18], [9, 3, 31], [4, 8, 64]]
        {
            let time = layer(lines, columns, channels);
            let cycles = [0, 1, 2].map(|core| cycles(&time, &wanted, core));
            observations.push(observation(time, cycles));
        }
        // The compiler made something else of this one.
        let odd = layer(20, 20, 40);
        let half = [0, 1, 2].map(|core| cycles(&odd, &wanted, core) / 2.0);
        observations.push(observation(odd, half));
        let found = fit(&observations);
        for observation in &observations[..8] {
            for core in 0..=MULTIPLICATIONS {
                let measured = observation.cycles[core];
                let off = (cycles(&observation.time, &found, core) - measured) / measured.max(small(core));
                assert!(off.abs() < 0.03, "{:?}: {off}", observation.time);
            }
        }
        let keys = observed(&observations);
        assert!(
            keys.len() >= 5
                && found.iter().all(|(key, _)| keys.contains(key) || found[key] == current()[key])
        );
    }

    #[test]
    fn nothing_is_negative() {
        let observations = [(1, [90.0, 80.0, 3.0]), (2, [91.0, 81.0, 2.0]), (4, [80.0, 75.0, 1.0])]
            .map(|(lines, cycles)| Observation { name: String::new(), time: layer(lines, 1, 1), cycles });
        assert!(fit(&observations).values().flatten().all(|&cycles| cycles >= 0.0));
    }
}
