//! What would need more memory or time than any network for a microcontroller is refused before it asks for either.

use super::{LARGEST_NETWORK, LARGEST_TENSOR, MOST_STEPS};
use crate::geometry::Window;
use crate::graph::FloatOperator;

/// What to do about it.
pub(super) const REMEDY: &str = "networks for microcontrollers are far smaller: check the sizes";

/// Values and steps of the layers so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Size {
    /// Number of values of all tensors.
    values: u64,
    /// Number of steps of all operators.
    steps: u64,
}

impl Size {
    /// Counts a layer; what is wrong with it, if it is too large.
    pub(super) fn add(&mut self, shape: &[usize], operator: Option<&FloatOperator>) -> Result<(), String> {
        let values = shape.iter().fold(1, |product: u64, &axis| product.saturating_mul(axis as u64));
        let steps = operator.map_or(0, |operator| steps(operator, values));
        let total = self.values.saturating_add(values);
        let total_steps = self.steps.saturating_add(steps);
        if values > LARGEST_TENSOR {
            return Err(format!("makes {shape:?}, {values} values; a tensor may have {LARGEST_TENSOR}"));
        }
        if total > LARGEST_NETWORK {
            return Err(format!(
                "brings the tensors to {total} values; a network may have {LARGEST_NETWORK}"
            ));
        }
        if total_steps > MOST_STEPS {
            return Err(format!("brings one inference to {total_steps} steps; it may have {MOST_STEPS}"));
        }
        (self.values, self.steps) = (total, total_steps);
        Ok(())
    }
}

/// Multiplications, comparisons or look-ups that an operator takes; `outputs` is the number of values it makes.
fn steps(operator: &FloatOperator, outputs: u64) -> u64 {
    let area = |window: &Window| (window.kernel[0] as u64).saturating_mul(window.kernel[1] as u64);
    let each = match operator {
        FloatOperator::Dense(filter) => filter.shape.get(1).map_or(1, |&inputs| inputs as u64),
        FloatOperator::Conv2d { window, groups, .. } => {
            area(window).saturating_mul((window.input[2] / groups.max(&1)) as u64)
        }
        FloatOperator::DepthwiseConv2d { window, .. }
        | FloatOperator::MaxPool(window)
        | FloatOperator::AveragePool { window, .. } => area(window),
        FloatOperator::Lstm(lstm) => 4 * (lstm.inputs as u64).saturating_add(lstm.cells as u64),
        _ => 1,
    };
    outputs.saturating_mul(each)
}
