//! Values around an image.

use super::assembler::Assembler;
use super::code::Code;
use super::memory::{copy, fill};
use super::registers::{High, Low};
use std::sync::Arc;
use tinynet_core::kernels::Pad;

/// Writes `fn(input, output)`; `None` where the image does not fit.
pub fn pad(layer: &Pad<i8>, mut code: Assembler) -> Option<Code> {
    let Pad { input: [height, width, channels], output, before: [above, left], value } = *layer;
    let is_sized = height * width * channels > 0 && channels == output[2];
    let below = output[0].checked_sub(height)?.checked_sub(above)?;
    let right = output[1].checked_sub(width)?.checked_sub(left)?;
    if !is_sized {
        return None;
    }
    let line = output[1] * channels;
    let [first, row, between] = [above * line + left * channels, width * channels, (left + right) * channels];
    let last = right * channels + below * line;
    code.enter();
    code.constant(Low::R3, value.into());
    code.mov(VALUE, Low::R3);
    fill(&mut code, first, VALUE);
    if height > 1 {
        code.constant(Low::R3, height as i32 - 1);
        code.mov(ROWS, Low::R3);
        code.repeat(
            height - 1,
            |code| {
                copy(code, row);
                fill(code, between, VALUE);
            },
            |code| {
                code.mov(Low::R3, ROWS);
                code.subs_immediate(Low::R3, 1);
                code.mov(ROWS, Low::R3);
            },
        );
    }
    copy(&mut code, row);
    fill(&mut code, last, VALUE);
    code.leave();
    Some(Code { function: code.finish()?, data: Arc::default(), scratch: 0, alignment: 1, has_table: false })
}

const VALUE: High = High::R8;
const ROWS: High = High::R9;

#[cfg(test)]
mod tests {
    use super::super::random_layers::{bytes, run};
    use super::*;

    #[test]
    fn images_are_padded() {
        let mut random = fastrand::Rng::with_seed(1);
        for _ in 0..100 {
            let channels = random.usize(1..36);
            let input = [random.usize(1..8), random.usize(1..8), channels];
            let before = [random.usize(..4), random.usize(..4)];
            let output = [0, 1].map(|axis| input[axis] + before[axis] + random.usize(..4));
            let layer = Pad { input, output: [output[0], output[1], channels], before, value: random.i8(..) };
            let input = bytes(&mut random, input.iter().product());
            let mut expected = vec![0; layer.output.iter().product()];
            layer.run(&input, &mut expected);
            let code = pad(&layer, Assembler::new()).expect("code");
            assert_eq!(run(&code, &[&input], expected.len()), expected, "{layer:?}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let layer = Pad { input: [3, 3, 2], output: [3, 4, 2], before: [1, 0], value: 0i8 };
        assert_eq!(pad(&layer, Assembler::new()), None);
        assert_eq!(pad(&Pad { before: [0; 2], output: [3, 4, 3], ..layer }, Assembler::new()), None);
    }
}
