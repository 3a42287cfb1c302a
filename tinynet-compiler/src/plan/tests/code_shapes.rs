//! Which code layers get, within which flash.

use super::*;

fn network(unroll: Unroll, weights: usize) -> QuantizedGraph {
    let mut builder = Builder::new(&[100]);
    let a = builder.add(
        QuantizedOperator::Dense(linear(&[10, 100], 10, |index| i8::from(index < weights) * 3)),
        &[TensorId(0)],
        &[10],
    );
    let b = builder.add(dense(10, 10), &[a], &[10]);
    let mut graph = builder.finish(b);
    graph.nodes[0].wishes.unroll = unroll;
    graph
}

fn unrolled(graph: &QuantizedGraph, flash: Option<u64>) -> Vec<bool> {
    let plan = plan(graph, Budget { flash, ram: None, ..Budget::default() }, &mut Errors::new()).unwrap();
    plan.steps.iter().map(|step| step.shape.is_unrolled()).collect()
}

#[test]
fn wishes_are_granted() {
    assert!(unrolled(&network(Unroll::Full, 900), Some(10))[0]);
    assert!(!unrolled(&network(Unroll::Loop, 3), None)[0]);
}

#[test]
fn without_a_limit_what_is_faster_is_unrolled() {
    assert_eq!(unrolled(&network(Unroll::Auto, 50), None), [true, true]);
}

#[test]
fn a_limit_keeps_what_saves_most() {
    let graph = network(Unroll::Auto, 400);
    let fastest = plan(&graph, Budget::default(), &mut Errors::new()).unwrap();
    let all = fastest.flash as u64;
    assert_eq!(unrolled(&graph, Some(all)), [true, true]);
    let less =
        plan(&graph, Budget { flash: Some(all - 1), ..Budget::default() }, &mut Errors::new()).unwrap();
    assert!((less.flash as u64) < all && less.cycles > fastest.cycles);
    // Nothing fits: the smallest.
    let smallest =
        plan(&graph, Budget { flash: Some(0), ram: None, ..Budget::default() }, &mut Errors::new())
            .unwrap()
            .flash;
    for limit in (0..all).step_by(100) {
        let plan =
            plan(&graph, Budget { flash: Some(limit), ram: None, ..Budget::default() }, &mut Errors::new())
                .unwrap();
        assert!(plan.flash as u64 <= limit || plan.flash == smallest);
    }
}

#[test]
fn hopeless_layers_are_refused_with_numbers() {
    let mut builder = Builder::new(&[300]);
    let a = builder.add(dense(300, 100), &[TensorId(0)], &[100]);
    let mut graph = builder.finish(a);
    graph.nodes[0].wishes.unroll = Unroll::Full;
    let mut errors = Errors::new();
    plan(&graph, Budget { flash: None, ram: None, ..Budget::default() }, &mut errors).unwrap();
    assert_eq!(
        errors.messages(),
        [
            "`layer0` has 30000 weights that are not 0: too many for straight-line code, rustc would take minutes\n\
          = help: leave `unroll` out, or write `unroll: Loop`; up to 20000 can be unrolled"
        ]
    );
}

/// e^-x for steps of 1/16.
fn softmax() -> QuantizedOperator {
    let exponential = GemmlowpExponential { multiplier: 1 << 30, shift: 23 };
    let exponentials = (0..=248).map(|difference| exponential.of(difference)).collect();
    QuantizedOperator::GemmlowpSoftmax(GemmlowpSoftmax { exponential, exponentials })
}

#[test]
fn a_tight_limit_takes_the_table_from_softmax() {
    let mut builder = Builder::new(&[10]);
    let output = builder.add(softmax(), &[TensorId(0)], &[10]);
    let graph = builder.finish(output);
    let plan = |flash| {
        plan(&graph, Budget { flash, ram: None, portable: true, ..Budget::default() }, &mut Errors::new())
            .unwrap()
    };
    let fast = plan(None);
    assert_eq!(fast.steps[0].shape, CodeShape::Loop);
    assert_eq!(plan(Some(fast.flash as u64)).steps[0].shape, CodeShape::Loop);
    let small = plan(Some(fast.flash as u64 - 1));
    assert_eq!(small.steps[0].shape, CodeShape::Compact);
    assert!(small.flash < fast.flash - 500 && small.cycles > fast.cycles);
    let input = [-128, 127, 126, 100, 0, 125, 127, 1, 2, 3];
    assert_eq!(planned::run(&graph, &small, &input), planned::run(&graph, &fast, &input));
}

/// More layers than can be tried in all combinations.
#[test]
fn many_layers() {
    let mut builder = Builder::new(&[10]);
    let mut last = TensorId(0);
    for _ in 0..20 {
        last = builder.add(dense(10, 10), &[last], &[10]);
    }
    let graph = builder.finish(last);
    let flash = planned(&graph).flash as u64;
    let within =
        plan(&graph, Budget { flash: Some(flash / 2), ram: None, ..Budget::default() }, &mut Errors::new())
            .unwrap();
    assert!(within.flash as u64 <= flash / 2);
    assert!(within.steps.iter().any(|step| step.shape.is_unrolled()));
    assert!(
        within.cycles
            < plan(&graph, Budget { flash: Some(0), ..Budget::default() }, &mut Errors::new())
                .unwrap()
                .cycles
    );
}
