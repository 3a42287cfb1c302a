//! Views of the arena: where they lie, that writes arrive.

use tinynet_core::Arena;

/// Byte `n` holds `n`.
fn numbered() -> Arena<16> {
    let mut arena = Arena::new();
    for (byte, index) in arena.one_mut::<i8, 0, 16>().iter_mut().zip(0..) {
        *byte = index;
    }
    arena
}

#[test]
fn begins_with_zeros() {
    assert_eq!(Arena::<5>::new().one::<i8, 0, 5>(), &[0; 5]);
    assert_eq!(Arena::<5>::default().one::<i8, 0, 5>(), &[0; 5]);
}

#[test]
fn is_as_large_as_stated_and_aligned() {
    assert_eq!(size_of::<Arena<0>>(), 0);
    assert_eq!(size_of::<Arena<16>>(), 16);
    assert_eq!(size_of::<Arena<17>>(), 20);
    assert_eq!(align_of::<Arena<17>>(), 4);
}

#[test]
fn one() {
    let mut arena = numbered();
    assert_eq!(arena.one::<i8, 3, 2>(), &[3, 4]);
    assert!(arena.one::<i8, 16, 0>().is_empty());
    assert_eq!(arena.one::<i16, 2, 2>().map(i16::to_ne_bytes), [[2, 3], [4, 5]]);
    arena.one_mut::<i8, 15, 1>()[0] = -1;
    assert_eq!(arena.one::<i8, 14, 2>(), &[14, -1]);
}

#[test]
fn pair() {
    let mut arena = numbered();
    let (input, output) = arena.pair::<i8, 4, 4, 0, 4>();
    output.copy_from_slice(input);
    assert_eq!(arena.one::<i8, 0, 8>(), &[4, 5, 6, 7, 4, 5, 6, 7]);
    let (input, output) = arena.pair::<i16, 0, 2, 12, 2>();
    *output = *input;
    assert_eq!(arena.one::<i8, 10, 6>(), &[10, 11, 4, 5, 6, 7]);
    // Empty views overlap nothing.
    let (input, output) = arena.pair::<i8, 2, 0, 0, 16>();
    assert_eq!((input.len(), output.len()), (0, 16));
}

#[test]
fn pair_of() {
    let mut arena = numbered();
    let (input, output) = arena.pair_of::<i8, i16, 5, 2, 8, 2>();
    for (output, &input) in output.iter_mut().zip(input) {
        *output = i16::from(input) - 256;
    }
    assert_eq!(arena.one::<i16, 8, 2>(), &[-251, -250]);
    let (input, output) = arena.pair_of::<i16, i8, 8, 2, 7, 1>();
    output[0] = (input[1] >> 8) as i8;
    assert_eq!(arena.one::<i8, 6, 2>(), &[6, -1]);
}

#[test]
fn triple() {
    let mut arena = numbered();
    let (first, second, output) = arena.triple::<i8, 0, 4, 2, 4, 8, 4>();
    assert_eq!((first, second), (&[0, 1, 2, 3], &[2, 3, 4, 5]));
    for ((output, first), second) in output.iter_mut().zip(first).zip(second) {
        *output = first + second;
    }
    assert_eq!(arena.one::<i8, 7, 6>(), &[7, 2, 4, 6, 8, 12]);
    let (first, second, _) = arena.triple::<i8, 0, 4, 0, 4, 8, 4>();
    assert_eq!(first, second);
}

#[test]
fn pair_scratch() {
    let mut arena = numbered();
    let (input, output, scratch) = arena.pair_scratch::<i8, 8, 2, 0, 2, 4, 3>();
    scratch.fill(-1);
    output.copy_from_slice(input);
    assert_eq!(arena.one::<i8, 0, 10>(), &[8, 9, 2, 3, -1, -1, -1, 7, 8, 9]);
}

#[test]
fn lives_in_a_static() {
    use std::sync::Mutex;
    static ARENA: Mutex<Arena<8>> = Mutex::new(Arena::new());
    ARENA.lock().unwrap().one_mut::<i8, 7, 1>()[0] = 1;
    assert_eq!(ARENA.lock().unwrap().one::<i8, 6, 2>(), &[0, 1]);
}

/// A layer that remembers counts its inputs, which its outputs overwrite: through views whose distance is proven when this
/// is compiled.
#[test]
fn overlap_states() {
    use tinynet_core::kernels::{Lstm, LstmGate};
    const GATE: LstmGate<'_> = LstmGate {
        input_weights: &[64],
        input_bias: &[500],
        input_multiplier: (1 << 30, -5),
        recurrent_weights: &[192],
        recurrent_bias: &[],
        recurrent_multiplier: (1 << 30, -4),
    };
    const LAYER: Lstm<'_> = Lstm {
        steps: 4,
        inputs: 1,
        cells: 1,
        gates: [GATE; 4],
        cell_integer_bits: 4,
        cell_limits: [-32768, 32767],
        output_multiplier: (1 << 30, -7),
        output_zero_point: 0,
        first_hidden: 0,
    };
    let input = [90, -20, 127, 5];
    let (mut apart, mut hidden, mut cell) = ([0; 4], [0; 1], [0; 1]);
    LAYER.run(&input, &mut apart, &mut hidden, &mut cell);
    let mut arena = Arena::<12>::new();
    *arena.one_mut::<i8, 3, 4>() = input;
    let (tensors, kept_hidden, kept_cell) = arena.overlap_states::<i8, i8, i16, 3, 4, 2, 4, 1, 8, 1, 10, 1>();
    const { &LAYER.overlapping::<1>() }.run_with_states(tensors, kept_hidden, kept_cell);
    assert_eq!((arena.one::<i8, 2, 4>(), arena.one::<i8, 8, 1>()), (&apart, &hidden));
    assert_eq!(arena.one::<i16, 10, 1>(), &cell);
    assert!(apart.iter().any(|&output| output != 0) && cell != [0]);
}
