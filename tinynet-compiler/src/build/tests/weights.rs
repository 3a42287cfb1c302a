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

/// The layer before is named with what it makes.
#[test]
fn wrong_shapes_name_the_layer_before() {
    let files = network_files(&[("fc.weight", &[3, 4]), ("fc.bias", &[3])]);
    let message =
        message_of(&with_weights("[6, 5]", "pool: GlobalMaxPool1d, fc: Dense { units: 3 }"), &files);
    assert_eq!(
        message,
        "`fc.weight` has shape [3, 4], but this `Dense` needs [3, 5]: `pool` makes [5]\n= help: PyTorch has \
         [units, inputs] = [3, 5], Keras has [inputs, units] = [5, 3]"
    );
}

/// Where file and declaration disagree about the outputs of a layer, the next one is held against neither.
#[test]
fn one_wrong_number_of_outputs_is_one_error() {
    let files = network_files(&[
        ("a.weight", &[4, 3]),
        ("a.bias", &[4]),
        ("b.weight", &[2, 4]),
        ("b.bias", &[2]),
        ("c.weight", &[1, 9]),
        ("c.bias", &[1]),
    ]);
    let layers = "a: Dense { units: 5 }, Relu, b: Dense { units: 2 }, c: Dense { units: 1 }";
    let found = messages(&with_weights("[3]", layers), &files);
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(
        found[0].starts_with("`a.weight` has shape [4, 3], but this `Dense` needs [5, 3]: `image` makes [3]")
    );
    assert!(
        found[1].starts_with("`c.weight` has shape [1, 9], but this `Dense` needs [1, 2]: `b` makes [2]")
    );
}

#[test]
fn a_label_that_is_given_twice_is_one_error() {
    let files =
        network_files(&[("a.weight", &[4, 3]), ("a.bias", &[4]), ("b.weight", &[2, 4]), ("b.bias", &[2])]);
    let message = message_of(&with_weights("[3]", "a: Dense { units: 4 }, a: Dense { units: 2 }"), &files);
    assert!(message.starts_with("another layer is called `a` already"), "{message}");
}
