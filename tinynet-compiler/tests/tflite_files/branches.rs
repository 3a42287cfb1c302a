//! A small model of many kinds of layers, with branches.

use super::{Table, Value};

/// What an element of a tensor takes.
const INT8: i8 = 9;
const INT32: i8 = 2;

/// Images of 6 by 6 pixels: a convolution, two branches, their sum, a pool, a dense layer, `SOFTMAX`.
pub(crate) fn branches() -> Table {
    let weights =
        |count: usize, seed: usize| Value::Bytes((0..count).map(|index| (index * 37 + seed) as u8).collect());
    let bias = |count: usize| Value::Bytes((0..4 * count).map(|index| (index % 4 == 0) as u8 * 9).collect());
    let shape = Value::Bytes([1i32, 8].into_iter().flat_map(i32::to_le_bytes).collect());
    let data =
        [weights(4 * 9 * 2, 5), bias(4), weights(9 * 4, 77), bias(4), shape, weights(3 * 8, 3), bias(3)];
    let buffers = data.into_iter().map(|bytes| vec![(0, bytes)]);
    let tensors = vec![
        values("image", &[1, 6, 6, 2], 0.025, -1),
        constant("filter", &[4, 3, 3, 2], INT8, 1, vec![0.01; 4]),
        constant("filter_bias", &[4], INT32, 2, vec![0.00025; 4]),
        values("features", &[1, 3, 3, 4], 0.04, -128),
        constant("depthwise_filter", &[1, 3, 3, 4], INT8, 3, vec![0.02, 0.01, 0.03, 0.015]),
        constant("depthwise_bias", &[4], INT32, 4, vec![0.0008, 0.0004, 0.0012, 0.0006]),
        values("left", &[1, 3, 3, 4], 0.05, 3),
        values("right", &[1, 3, 3, 4], 0.04, -128),
        values("sum", &[1, 3, 3, 4], 0.07, -20),
        values("halves", &[1, 2, 1, 4], 0.07, -20),
        constant("shape", &[2], INT32, 5, vec![]),
        values("flat", &[1, 8], 0.07, -20),
        constant("weights", &[3, 8], INT8, 6, vec![0.02]),
        constant("bias", &[3], INT32, 7, vec![0.0014]),
        values("scores", &[1, 3], 0.1, 12),
        values("answer", &[1, 3], 1.0 / 256.0, -128),
    ];
    let operators = vec![
        // Padding SAME, strides of 2, RELU.
        operator(0, &[0, 1, 2], 3, 1, vec![number(1, 2), number(2, 2), flag(3, 1)]),
        // Padding SAME, strides of 1, one channel each.
        operator(1, &[3, 4, 5], 6, 2, vec![number(1, 1), number(2, 1), number(3, 1)]),
        // Padding SAME, strides of 1, windows of 3 by 3.
        operator(2, &[3], 7, 5, vec![number(1, 1), number(2, 1), number(3, 3), number(4, 3)]),
        operator(3, &[6, 7], 8, 11, vec![]),
        // Padding VALID, strides of 1, windows of 3 by 2.
        operator(4, &[8], 9, 5, vec![flag(0, 1), number(1, 3), number(2, 1), number(3, 3), number(4, 2)]),
        operator(5, &[9, 10], 11, 17, vec![]),
        operator(6, &[11, 12, 13], 14, 8, vec![]),
        operator(7, &[14], 15, 9, vec![(0, Value::F32(1.0))]),
    ];
    let codes = [3, 4, 17, 0, 1, 22, 9, 25].map(|code| vec![flag(0, code), number(3, code.into())]);
    let subgraph = vec![
        (0, Value::Tables(tensors)),
        (1, Value::I32s(vec![0])),
        (2, Value::I32s(vec![15])),
        (3, Value::Tables(operators)),
    ];
    vec![
        number(0, 3),
        (1, Value::Tables(codes.into())),
        (2, Value::Tables(vec![subgraph])),
        (4, Value::Tables([vec![]].into_iter().chain(buffers).collect())),
    ]
}

fn number(slot: u16, number: i32) -> (u16, Value) {
    (slot, Value::I32(number))
}

fn flag(slot: u16, number: i8) -> (u16, Value) {
    (slot, Value::I8(number))
}

/// A tensor that is computed.
fn values(name: &'static str, shape: &[i32], scale: f32, zero_point: i64) -> Table {
    let quantization = vec![(2, Value::F32s(vec![scale])), (3, Value::I64s(vec![zero_point]))];
    tensor(name, shape, INT8, 0, quantization)
}

/// A tensor in a buffer, with a scale for all of it or for each index of an axis.
fn constant(name: &'static str, shape: &[i32], element_type: i8, buffer: i32, scales: Vec<f32>) -> Table {
    // Channels stand last in a depthwise convolution's filter.
    let axis = if shape[0] == 1 { 3 } else { 0 };
    let zero_points = vec![0; scales.len()];
    let quantization = vec![(2, Value::F32s(scales)), (3, Value::I64s(zero_points)), number(6, axis)];
    tensor(name, shape, element_type, buffer, quantization)
}

fn tensor(name: &'static str, shape: &[i32], element_type: i8, buffer: i32, quantization: Table) -> Table {
    vec![
        (0, Value::I32s(shape.to_vec())),
        flag(1, element_type),
        number(2, buffer),
        (3, Value::Text(name)),
        (4, Value::Table(quantization)),
    ]
}

/// `options` are of the type with number `kind`.
fn operator(code: i32, inputs: &[i32], output: i32, kind: i8, options: Table) -> Table {
    vec![
        number(0, code),
        (1, Value::I32s(inputs.to_vec())),
        (2, Value::I32s(vec![output])),
        flag(3, kind),
        (4, Value::Table(options)),
    ]
}
