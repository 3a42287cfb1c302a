//! One plan for all cores: what is shared, and what an inference takes of the stack.

use super::*;

/// Three dense layers that can share a function.
fn alike() -> QuantizedGraph {
    let mut builder = Builder::new(&[64]);
    let mut last = TensorId(0);
    for _ in 0..3 {
        last = builder.add(dense(64, 64), &[last], &[64]);
    }
    let mut graph = builder.finish(last);
    graph.nodes.iter_mut().for_each(|node| node.wishes.unroll = Unroll::Loop);
    graph
}

/// What layers share is counted once, and so it has to be there once: for all of them or for none there is code for cores
/// with the DSP extension.
#[test]
fn layers_that_share_a_function_do_so_on_all_cores() {
    let graph = alike();
    let within = |flash| planned_within(&graph, Budget { flash: Some(flash), ..Budget::default() });
    let most = within(1 << 20).flash as u64;
    let mut found = [0; 2];
    for flash in (most..most + 20_000).step_by(500) {
        let plan = within(flash);
        let assemblies = plan.steps.iter().filter_map(|step| match &step.shape {
            CodeShape::Assembly(assembly) => Some(assembly),
            _ => None,
        });
        let all: Vec<_> = assemblies.map(|assembly| (assembly.function(), assembly.dsp.is_some())).collect();
        let shared = all.iter().filter(|(function, _)| *function == all[0].0).count();
        assert_eq!(all.iter().filter(|same| **same == all[0]).count(), shared, "{flash}: {all:?}");
        found[usize::from(all[0].1)] += usize::from(shared == 3);
    }
    assert!(found[0] > 0 && found[1] > 0, "{found:?}");
}

/// So it has to be counted on cores with the DSP extension, too: within a limit that leaves just room for it, it is there, and
/// with a byte less it is not.
#[test]
fn functions_with_the_dsp_extension_are_counted_once() {
    let graph = alike();
    let within =
        |flash: usize| planned_within(&graph, Budget { flash: Some(flash as u64), ..Budget::default() });
    let with_dsp = |plan: &Plan| plan.steps.iter().filter(|step| step.shape.dsp().is_some()).count();
    let smallest = within(0).flash;
    let plans = (smallest..smallest + 20_000).step_by(250).map(within);
    let plan = plans.into_iter().find(|plan| with_dsp(plan) == 3).expect("room for all");
    let (mut functions, mut more) = ([Vec::new(), Vec::new()], 0);
    for step in &plan.steps {
        let (Some(base), Some(dsp)) = (step.shape.assembly(), step.shape.dsp()) else { panic!("{step:?}") };
        more += 4 * (dsp.data.len() as i64 - base.data.len() as i64);
        functions[0].push((&base.function.text, base.function.bytes));
        functions[1].push((&dsp.function.text, dsp.function.bytes));
    }
    let [base, dsp] = functions.map(|mut functions| {
        functions.dedup();
        assert_eq!(functions.len(), 1, "{functions:?}");
        functions[0].1 as i64
    });
    more += dsp - base;
    assert!(more > 0, "{more}");
    let needed = plan.flash + more as usize;
    assert_eq!([needed - 1, needed].map(|flash| with_dsp(&within(flash))), [0, 3], "{needed} bytes");
}

/// A layer that takes more of the stack with the DSP extension has none of it where that is beyond the limit.
#[test]
fn no_core_takes_more_stack_than_a_cortex_m0_or_the_limit() {
    let mut builder = Builder::new(&[25, 5, 8]);
    let window = Window {
        input: [25, 5, 8],
        output: [25, 5, 8],
        kernel: [3, 3],
        stride: [1, 1],
        dilation: [1, 1],
        padding: Padding { top: 1, bottom: 1, left: 1, right: 1 },
    };
    let linear = linear(&[1, 3, 3, 8], 8, |index| index as i8);
    let depthwise = QuantizedOperator::DepthwiseConv2d { window, multiplier: 1, linear };
    let output = builder.add(depthwise, &[TensorId(0)], &[25, 5, 8]);
    let graph = builder.finish(output);
    let planned = |stack| planned_within(&graph, Budget { stack, ..Budget::default() });
    let Stack { cortex_m0, mainline, dsp } = planned(None).stack;
    assert!(dsp > cortex_m0 && cortex_m0 == mainline, "{dsp} {cortex_m0} {mainline}");
    for (limit, expected) in
        [(dsp, dsp), (dsp - 1, cortex_m0), (cortex_m0, cortex_m0), (cortex_m0 - 1, cortex_m0), (0, cortex_m0)]
    {
        let plan = planned(Some(limit as u64));
        assert_eq!(plan.stack, Stack { cortex_m0, mainline, dsp: expected }, "{limit}");
        assert_eq!(plan.steps[0].shape.dsp().is_some(), expected == dsp, "{limit}");
    }
}
