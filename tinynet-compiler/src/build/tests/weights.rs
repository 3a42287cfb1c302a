//! Weights in the file: found by label, all of them used, none missing.

use super::{last_of, message_of, messages, network_files, with_weights};

#[test]
fn surplus_entries_are_an_error() {
    let files = network_files(&[("fc.weight", &[1, 2]), ("fc.bias", &[1]), ("fc2.weight", &[1, 1])]);
    let message = message_of(&with_weights("[2]", "fc: Dense { units: 1 }"), &files);
    assert!(
        message.starts_with("`net.safetensors` has entries that no layer uses: `fc2.weight`"),
        "{message}"
    );
}

/// What a layer with another mistake would have used is not surplus.
#[test]
fn entries_of_wrong_layers_are_not_surplus() {
    let files = network_files(&[
        ("a.weight", &[1, 2]),
        ("b.weight", &[1, 2]),
        ("c.weight", &[1, 2]),
        ("d.gamma", &[1]),
        ("e.alpha", &[1]),
    ]);
    for wrong in ["a: Linear { units: 1 }", "a: Dense { units: 0 }", "a: Dense { input: nobody, units: 1 }"] {
        let rest =
            "b: Conv1d { filters: 1, kernel: 0 }, c: DepthwiseConv2d { kernel: -1 }, d: BatchNorm, e: PRelu";
        let found = messages(&with_weights("[2]", &format!("{wrong}, {rest}")), &files);
        assert!(found.iter().all(|message| !message.contains("no layer uses")), "{found:#?}");
    }
}

#[test]
fn keras_layouts() {
    let files = network_files(&[("conv.kernel", &[1, 1, 2, 3]), ("conv.bias", &[3])]);
    let (operator, _) = last_of(&with_weights("[4, 4, 2]", "conv: Conv2d { filters: 3, kernel: 1 }"), &files);
    let crate::graph::FloatOperator::Conv2d { filter, .. } = operator else { panic!("{operator:?}") };
    assert_eq!(filter.shape, [3, 1, 1, 2]);
    assert_eq!(filter.weights, [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
}

#[test]
fn labels_that_are_raw_identifiers_find_their_entries() {
    let files = network_files(&[("first.weight", &[1, 2]), ("first.bias", &[1])]);
    assert_eq!(last_of(&with_weights("[2]", "r#first: Dense { units: 1 }"), &files).1, [1]);
}

#[test]
fn wrong_words_of_the_layout() {
    let files = network_files(&[("fc.weight", &[1, 2]), ("fc.bias", &[1])]);
    let message = message_of(&with_weights("[2]", "fc: Dense { units: 1, layout: Torch }"), &files);
    assert_eq!(
        message,
        "`layout` takes `PyTorch` or `Keras`, found `Torch`\n= help: for instance `layout: PyTorch`"
    );
}
