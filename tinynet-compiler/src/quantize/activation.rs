//! Activation functions as clamps and tables.

use super::Problem;
use crate::function::Function;
use crate::quantized::{Element, Quantization, QuantizedTensor, Table};

/// The integers that stand for the ends of a clamp, in a tensor whose smallest and largest integer are `ends`.
///
/// Exact: quantising keeps order, so that clamping the integers and quantising the clamped number are the same.
pub(super) fn clamp(range: Option<[f64; 2]>, quantization: Quantization, ends: [i32; 2]) -> [i32; 2] {
    range.map_or(ends, |range| range.map(|end| quantize(quantization, end, ends)))
}

/// The nearest integer, halves away from zero, saturated at `ends`, which an int16 holds.
pub(super) fn quantize(quantization: Quantization, real: f64, ends: [i32; 2]) -> i32 {
    quantization.quantize_to(Element::Int16, real).clamp(ends[0], ends[1])
}

/// `function` as a table from `input` to `output`, whose smallest and largest integer are `ends`; an error where it is not finite for a value that can occur.
pub(super) fn table(
    function: &Function,
    input: &QuantizedTensor,
    output: Quantization,
    ends: [i32; 2],
) -> Result<Table, Problem> {
    for q in occurring(input) {
        let x = input.quantization.dequantize(q);
        let value = function.evaluate(x);
        if !value.is_finite() {
            let [low, high] = input.bounds.map(|bound| input.quantization.dequantize(bound as i8));
            let problem = Problem::new(
                format!("its function has no finite value at x = {x}: it gives {value}"),
                format!(
                    "its input can be anything from {low} to {high}; define the function everywhere, for instance by \
                     `max(x, …)` or `if x > 0.0 {{ … }} else {{ … }}`"
                ),
            );
            return Err(Problem { is_about_function: true, ..problem });
        }
    }
    Ok(real_table(input, output, ends, |x| function.evaluate(x)))
}

/// A real function as a table. What cannot occur maps to what the nearest value that can does.
pub(super) fn real_table(
    input: &QuantizedTensor,
    output: Quantization,
    ends: [i32; 2],
    function: impl Fn(f64) -> f64,
) -> Table {
    let [low, high] = input.bounds.map(|bound| bound as i8);
    // Within the ends of an int8.
    Table::new(|q| quantize(output, function(input.quantization.dequantize(q.clamp(low, high))), ends) as i8)
}

/// Smallest and largest value of a table over what its input can be.
pub(super) fn table_bounds(table: &Table, input_bounds: [i32; 2]) -> [i32; 2] {
    let values = (input_bounds[0]..=input_bounds[1]).map(|q| i32::from(table.at(q as i8)));
    values.map(|value| [value; 2]).reduce(|a, b| [a[0].min(b[0]), a[1].max(b[1])]).unwrap_or_default()
}

fn occurring(tensor: &QuantizedTensor) -> impl Iterator<Item = i8> {
    (tensor.bounds[0]..=tensor.bounds[1]).map(|q| q as i8)
}
