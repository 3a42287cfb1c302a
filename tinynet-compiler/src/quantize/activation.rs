//! Activation functions as clamps and tables.

use super::Problem;
use crate::function::Function;
use crate::quantized::{Element, Quantization, QuantizedTensor, Table};

/// The integers that stand for the ends of a clamp.
///
/// Exact: quantising keeps order, so that clamping the integers and quantising the clamped number are the same.
pub(super) fn clamp(ends: Option<[f64; 2]>, quantization: Quantization, element: Element) -> [i32; 2] {
    ends.map_or(element.range(), |ends| ends.map(|end| quantization.quantize_to(element, end)))
}

/// `function` as a table from `input` to `output`; an error where it is not finite for a value that can occur.
pub(super) fn table(
    function: &Function,
    input: &QuantizedTensor,
    output: Quantization,
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
    Ok(real_table(input, output, |x| function.evaluate(x)))
}

/// A real function as a table. What cannot occur maps to what the nearest value that can does.
pub(super) fn real_table(
    input: &QuantizedTensor,
    output: Quantization,
    function: impl Fn(f64) -> f64,
) -> Table {
    let [low, high] = input.bounds.map(|bound| bound as i8);
    Table::new(|q| output.quantize(function(input.quantization.dequantize(q.clamp(low, high)))))
}

/// Smallest and largest value of a table over what its input can be.
pub(super) fn table_bounds(table: &Table, input_bounds: [i32; 2]) -> [i32; 2] {
    let values = (input_bounds[0]..=input_bounds[1]).map(|q| i32::from(table.at(q as i8)));
    values.map(|value| [value; 2]).reduce(|a, b| [a[0].min(b[0]), a[1].max(b[1])]).unwrap_or_default()
}

fn occurring(tensor: &QuantizedTensor) -> impl Iterator<Item = i8> {
    (tensor.bounds[0]..=tensor.bounds[1]).map(|q| q as i8)
}
