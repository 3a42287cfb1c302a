//! Kernels in Rust read weights of few bits packed where that is smaller, and bytes where there is flash to spend.

use super::*;
use crate::row_packing::RowPacking;

/// Dense layers of as many outputs as inputs, with weights of so many bits, as loops.
fn network(layers: usize, size: usize, bits: u32) -> QuantizedGraph {
    let mut builder = Builder::new(&[size]);
    let half = 1i32 << (bits - 1);
    let weight = |index: usize| (index as i32 * 7 % (2 * half) - half) as i8;
    let mut last = TensorId(0);
    for _ in 0..layers {
        last = builder.add(QuantizedOperator::Dense(linear(&[size, size], size, weight)), &[last], &[size]);
    }
    let mut graph = builder.finish(last);
    graph.nodes.iter_mut().for_each(|node| node.wishes.unroll = Unroll::Loop);
    graph
}

fn in_rust(graph: &QuantizedGraph, flash: Option<u64>) -> Plan {
    planned_within(graph, Budget { flash, portable: true, ..Budget::default() })
}

#[test]
fn weights_are_packed_where_that_is_smaller() {
    let graph = network(1, 40, 4);
    let packed = CodeShape::Packed(RowPacking::Signed(4));
    let small = in_rust(&graph, Some(0));
    assert_eq!(small.steps[0].shape, packed);
    // Nobody knows which core it will be, so nobody has asked for speed.
    assert_eq!(in_rust(&graph, None).steps[0].shape, packed);
    let fast = in_rust(&graph, Some(100_000));
    assert_eq!(fast.steps[0].shape, CodeShape::Loop);
    assert!(small.flash + 40 * 40 / 2 - 100 <= fast.flash, "{} {}", small.flash, fast.flash);
    assert!(small.cycles > fast.cycles);
    let limit = fast.flash as u64;
    assert_eq!(in_rust(&graph, Some(limit)).steps[0].shape, CodeShape::Loop);
    assert_eq!(in_rust(&graph, Some(limit - 1)).steps[0].shape, packed);
    // What takes weights out of their bytes takes more than these are.
    assert_eq!(in_rust(&network(1, 8, 4), Some(0)).steps[0].shape, CodeShape::Loop);
    assert_eq!(in_rust(&network(1, 40, 8), Some(0)).steps[0].shape, CodeShape::Loop);
}

#[test]
fn what_unpacks_is_counted_once() {
    let [one, two, three] = [1, 2, 3].map(|layers| in_rust(&network(layers, 40, 4), Some(0)).flash);
    assert_eq!(three - two, two - one);
    // The weights, biases of four bytes, and the call.
    assert!((40 * 40 / 2 + 40 * 4..40 * 40 / 2 + 40 * 4 + 150).contains(&(two - one)), "{one} {two}");
}

#[test]
fn assembly_has_a_packed_loop_elsewhere() {
    let graph = network(2, 40, 3);
    let within = |flash| planned_within(&graph, Budget { flash, ..Budget::default() });
    for (flash, expected) in
        [(None, Some(RowPacking::Signed(3))), (Some(0), Some(RowPacking::Signed(3))), (Some(100_000), None)]
    {
        for step in within(flash).steps {
            assert!(matches!(step.shape, CodeShape::Assembly(_)), "{:?}", step.shape);
            assert_eq!(step.elsewhere, expected, "{flash:?}");
        }
    }
}

/// Assembly has no tables. A loop beside assembly keeps its bytes without a limit, as the network is far from the bound
/// that holds then.
#[test]
fn layers_with_tables_are_packed_within_a_limit() {
    let mut graph = network(1, 40, 4);
    let QuantizedOperator::Dense(linear) = &mut graph.nodes[0].operator else { panic!("a dense layer") };
    linear.table = Some(Table(Box::new(std::array::from_fn(|index| (index / 2) as i8))));
    let shape = |flash| planned_within(&graph, Budget { flash, ..Budget::default() }).steps[0].shape.clone();
    assert_eq!(shape(None), CodeShape::Loop);
    assert_eq!(shape(Some(0)), CodeShape::Packed(RowPacking::Signed(4)));
}

/// Tensors of int16 have no assembly: without a limit their weights are bytes as long as all of it is within the bound.
#[test]
fn beyond_the_bound_layers_are_packed_without_a_limit() {
    let planned = |layers| {
        let mut graph = network(layers, 200, 4);
        graph.tensors.iter_mut().for_each(|tensor| tensor.info.element = Element::Int16);
        planned_within(&graph, Budget::default())
    };
    let packed = |plan: &Plan| {
        let shapes = plan.steps.iter().map(|step| &step.shape);
        shapes.filter(|shape| **shape == CodeShape::Packed(RowPacking::Signed(4))).count()
    };
    let bound = code_shape::most_flash(0) as usize;
    let (below, beyond) = (planned(2), planned(3));
    assert_eq!(packed(&below), 0);
    assert!(below.flash <= bound);
    // Bytes of all three layers are more.
    assert!(3 * 200 * 200 > bound && beyond.flash <= bound, "{}", beyond.flash);
    // No more of them than that takes.
    assert_eq!(packed(&beyond), 2);
}
