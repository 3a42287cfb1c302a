//! Kernels that compute element by element.

use super::{Time, by_four, parts, requantize};
use crate::kernel_parameters::{KernelParameters, PairKernel};
use tinynet_core::kernels::ResizeBilinear;

/// A kernel on so many elements.
pub(super) fn time(time: &mut Time, kernel: &KernelParameters, elements: usize) {
    let [call, one] = match kernel {
        KernelParameters::Table(_) => {
            time.add(&parts::TABLE_CALL, 1);
            return by_four(time, [&parts::TABLE_FOUR, &parts::TABLE_ONE], 1, elements);
        }
        KernelParameters::Clamp(_) => {
            time.add(&parts::CLAMP_CALL, 1);
            return by_four(time, [&parts::CLAMP_FOUR, &parts::CLAMP_ONE], 1, elements);
        }
        KernelParameters::FlipSign => {
            time.add(&parts::FLIP_SIGN_CALL, 1);
            return by_four(time, [&parts::FLIP_SIGN_FOUR, &parts::FLIP_SIGN_ONE], 1, elements);
        }
        KernelParameters::Multiply(multiply) | KernelParameters::Pair(PairKernel::Multiply(multiply), _) => {
            time.add(&parts::MULTIPLY_CALL, 1);
            time.add(&parts::MULTIPLY, elements);
            return requantize(time, &multiply.requantize, false, elements);
        }
        KernelParameters::PRelu(_) => [&parts::PRELU_CALL, &parts::PRELU],
        KernelParameters::AddShift(_) => [&parts::ADD_SHIFT_CALL, &parts::ADD_SHIFT],
        KernelParameters::AddMultiplier(_) => [&parts::ADD_MULTIPLIER_CALL, &parts::ADD_MULTIPLIER],
        KernelParameters::Rescale(_) => [&parts::RESCALE_CALL, &parts::RESCALE],
        KernelParameters::Logistic16(_) => [&parts::LOGISTIC_16_CALL, &parts::LOGISTIC_16],
        KernelParameters::Tanh16(_) => [&parts::TANH_16_CALL, &parts::TANH_16],
        KernelParameters::Interpolation(_) => [&parts::INTERPOLATION_CALL, &parts::INTERPOLATION],
        KernelParameters::ArgMax => [&parts::ARG_MAX_CALL, &parts::ARG_MAX],
        KernelParameters::Pair(PairKernel::SignedSum(_), _) => [&parts::SIGNED_SUM_CALL, &parts::SIGNED_SUM],
        KernelParameters::Pair(PairKernel::Larger(_), _) => [&parts::LARGER_CALL, &parts::LARGER],
        KernelParameters::Pair(PairKernel::PRelu(_), _) => {
            [&parts::PRELU_MULTIPLIER_CALL, &parts::PRELU_MULTIPLIER]
        }
        _ => return,
    };
    time.add(call, 1);
    time.add(one, elements);
}

pub(super) fn resize(time: &mut Time, resize: &ResizeBilinear) {
    let [rows, columns] = resize.output;
    let pixels = resize.images * rows * columns;
    time.add(&parts::RESIZE, 1);
    time.add(&parts::RESIZE_LINE, resize.images * rows);
    time.add(&parts::RESIZE_PIXEL, pixels);
    time.add(&parts::RESIZE_ONE, pixels * resize.input[2]);
}
