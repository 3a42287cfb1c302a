//! Largest values under a window.

use super::assembler::Assembler;
use super::code::Code;
use super::reduce::{Reduction, write};
use super::registers::Low;
use std::sync::Arc;
use tinynet_core::kernels::MaxPool2d;

/// Writes the layer; `None` where its code would be too large.
///
/// Input and output may overlap as [the portable kernel](MaxPool2d::lead)'s do.
pub fn max_pool(layer: &MaxPool2d, code: Assembler) -> Option<Code> {
    let function = write(&layer.window, 0, &Largest, code)?;
    Some(Code { function, data: Arc::default(), scratch: 0, alignment: 1, has_table: false })
}

struct Largest;

impl Reduction for Largest {
    fn prepare(&self, _: &mut Assembler, _: usize) {}

    fn begin(&self, code: &mut Assembler) {
        code.constant(Low::R6, i8::MIN.into());
    }

    fn add(&self, code: &mut Assembler) {
        use Low::{R2, R3, R6};
        // What it is more, if it is: `r6 + max(r2 - r6, 0)`.
        code.subs(R2, R2, R6);
        code.asrs(R3, R2, 31);
        code.bics(R2, R3);
        code.adds(R6, R6, R2);
    }

    fn finish(&self, _: &mut Assembler, _: usize) {}
}

#[cfg(test)]
mod tests {
    use super::super::random_layers::{bytes, run, run_overlapping, window};
    use super::*;

    #[test]
    fn pools_are_exact() {
        let mut random = fastrand::Rng::with_seed(1);
        for _ in 0..150 {
            let layer = MaxPool2d { window: window(&mut random) };
            let input = bytes(&mut random, layer.window.input.iter().product());
            let mut expected = vec![0; layer.window.output.iter().product()];
            layer.run(&input, &mut expected);
            let code = max_pool(&layer, Assembler::new()).expect("code");
            assert_eq!(run(&code, &[&input], expected.len()), expected, "{layer:?}");
            assert_eq!(run_overlapping(&code, &input, expected.len(), layer.lead()), expected, "{layer:?}");
        }
    }
}
