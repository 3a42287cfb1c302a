//! Kernels that compute element by element.

use super::{Part, Time, parts, requantize};
use crate::kernel_parameters::{MultiplyParameters, PairKernel};
use tinynet_core::kernels::ResizeBilinear;

/// A kernel that takes so many elements one by one: the part around them, and that of one.
pub(super) fn each(time: &mut Time, [call, one]: [&'static Part; 2], elements: usize) {
    time.add(call, 1);
    time.add(one, elements);
}

/// A kernel that takes them four by four: the part around them, those of four and of one.
pub(super) fn by_four(time: &mut Time, [call, four, one]: [&'static Part; 3], elements: usize) {
    time.add(call, 1);
    super::by_four(time, [four, one], 1, elements);
}

pub(super) fn multiply(time: &mut Time, multiply: &MultiplyParameters, elements: usize) {
    each(time, [&parts::MULTIPLY_CALL, &parts::MULTIPLY], elements);
    requantize(time, &multiply.requantize, false, elements);
}

/// A kernel on two tensors.
pub(super) fn pair(time: &mut Time, pair: &PairKernel, elements: usize) {
    let parts = match pair {
        PairKernel::Multiply(multiply) => return self::multiply(time, multiply, elements),
        PairKernel::SignedSum(_) => [&parts::SIGNED_SUM_CALL, &parts::SIGNED_SUM],
        PairKernel::Larger(_) => [&parts::LARGER_CALL, &parts::LARGER],
        PairKernel::PRelu(_) => [&parts::PRELU_MULTIPLIER_CALL, &parts::PRELU_MULTIPLIER],
    };
    each(time, parts, elements);
}

pub(super) fn resize(time: &mut Time, resize: &ResizeBilinear) {
    let [rows, columns] = resize.output;
    let pixels = resize.images * rows * columns;
    time.add(&parts::RESIZE, 1);
    time.add(&parts::RESIZE_LINE, resize.images * rows);
    time.add(&parts::RESIZE_PIXEL, pixels);
    time.add(&parts::RESIZE_ONE, pixels * resize.input[2]);
}
