//! What must hold.

use super::{message_of, npy, right, safetensors};
use crate::build::{Bound, Limits, MeasureLimit};
use crate::files::MemoryFiles;
use crate::measure::Measure;
use crate::test_set::Answers;

fn source(limits: &str) -> String {
    format!("struct Net where {limits}, {{ image: Input {{ shape: [3], range: [0, 1] }}, Relu }}")
}

fn limits(text: &str) -> Limits {
    right(&source(text), &files()).limits
}

fn message(text: &str) -> String {
    message_of(&source(text), &files())
}

/// `test.safetensors` with two samples of three values, whose classes are 0 and 2; `anomalies.safetensors` with the same,
/// of which the second is one; `x.npy` and `y.npy` with two samples and their outputs.
fn files() -> MemoryFiles {
    let mut files = MemoryFiles::new();
    files.insert("test.safetensors", test_file([0, 2]));
    files.insert("anomalies.safetensors", test_file([0, 1]));
    files.insert("x.safetensors", safetensors(&[("x", &[2, 3])]));
    files.insert("x.npy", npy(&[2, 3]));
    files.insert("y.npy", npy(&[2, 3]));
    files
}

/// Two samples of three values with their classes.
fn test_file(classes: [u8; 2]) -> Vec<u8> {
    let table = "{\"x\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]},\
                 \"y\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[24,26]}}";
    let mut bytes = (table.len() as u64).to_le_bytes().to_vec();
    bytes.extend(table.bytes());
    bytes.extend([0; 24]);
    bytes.extend(classes);
    bytes
}

#[test]
fn sizes() {
    let limits = limits("flash <= 24 * KIB, ram <= BOARD_RAM - 1 * KIB, macs <= 100_000");
    let known = |limit: Option<crate::build::SizeLimit>| match limit.unwrap().bound {
        Bound::Known(value) => value,
        Bound::Expression(tokens) => panic!("{tokens}"),
    };
    assert_eq!(known(limits.flash), 24 * 1024);
    assert_eq!(known(limits.macs), 100_000);
    let ram = limits.ram.unwrap();
    assert!(matches!(ram.bound, Bound::Expression(_)));
    assert_eq!(ram.written.to_string(), "BOARD_RAM - 1 * KIB");
    assert!(limits.measures.is_empty());
    let mut spans = ram.error("too much").into_compile_error().into_iter().map(|token| token.span());
    assert_eq!(spans.next().unwrap().source_text().as_deref(), Some("ram"));
}

/// The one limit of a measure.
fn measure(text: &str) -> MeasureLimit {
    let mut limits = limits(text);
    assert_eq!(limits.measures.len(), 1);
    limits.measures.remove(0)
}

#[test]
fn accuracy() {
    let limit = measure("accuracy(\"test.safetensors\") >= 0.97");
    assert_eq!((limit.measure, limit.files.as_str()), (Measure::Accuracy, "`test.safetensors`"));
    assert!(matches!(limit.bound, Bound::Known(0.97)));
    assert_eq!(limit.test_set.answers, Answers::Classes(vec![0, 2]));
    assert_eq!((limit.test_set.inputs.count(), limit.most_samples), (2, None));
    let limit = measure("accuracy(\"test.safetensors\", samples: 1_000) >= 1");
    assert!(matches!(limit.bound, Bound::Known(1.0)));
    assert_eq!(limit.most_samples, Some(1000));
    let limit = measure("accuracy(\"test.safetensors\") >= FLOOR");
    assert!(matches!(limit.bound, Bound::Expression(_)));
}

#[test]
fn accuracy_of_an_arg_max_counts_the_classes_it_chooses_from() {
    let limit = "accuracy(\"test.safetensors\") >= 0.5";
    let declared = right(&source(limit).replace("Relu", "ArgMax"), &files());
    assert_eq!(declared.limits.measures[0].test_set.answers, Answers::Classes(vec![0, 2]));
}

#[test]
fn error() {
    let limit = measure("error(\"x.npy\", \"y.npy\") <= 0.25");
    assert_eq!((limit.measure, limit.files.as_str()), (Measure::Error, "`x.npy` and `y.npy`"));
    assert!(matches!(limit.bound, Bound::Known(0.25)));
    assert!(
        matches!(limit.test_set.answers, Answers::Values(values) if values.shape == [3] && values.count() == 2)
    );
    assert!(matches!(measure("error(\"x.npy\", \"y.npy\") <= 2").bound, Bound::Known(2.0)));
    assert_eq!(
        message("error(\"x.npy\", \"x.safetensors\") <= 1"),
        "cannot use `x.safetensors`: a `.safetensors` file cannot be used here\n= help: one array is a `.npy` file: \
         numpy.save(file, array)"
    );
}

#[test]
fn auc() {
    let limit = measure("auc(\"anomalies.safetensors\") >= 0.5");
    assert_eq!(limit.measure, Measure::Auc);
    assert_eq!(limit.test_set.answers, Answers::Anomalies(vec![false, true]));
    // As many outputs as inputs, two, or one.
    let five = source("auc(\"anomalies.safetensors\") >= 0.5").replace(
        "Relu",
        "Dense { units: 5, weights: [[1, 2, 3], [1, 2, 3], [1, 2, 3], [1, 2, 3], [1, 2, 3]], bias: 0 }",
    );
    let message = message_of(&five, &files());
    assert!(message.starts_with("`auc` needs a score for each input, but the network makes [5] of [3]\n"));
}

#[test]
fn several_measures() {
    let limits = limits("error(\"x.npy\", \"y.npy\") <= 1, auc(\"anomalies.safetensors\") >= 0.5");
    let measures: Vec<_> = limits.measures.iter().map(|limit| limit.measure).collect();
    assert_eq!(measures, [Measure::Error, Measure::Auc]);
    assert_eq!(
        message("auc(\"anomalies.safetensors\") >= 0.5, auc(\"anomalies.safetensors\") >= 0.5"),
        "`auc` is limited twice\n= help: keep the stricter limit"
    );
}

#[test]
fn test_sets_are_not_what_a_network_is_calibrated_on() {
    let source = "struct Net where error(\"x.npy\", \"y.npy\") <= 1, {
        image: Input { shape: [3], calibration: \"CALIBRATION\" }, Relu,
    }";
    let mut files = files();
    // Five samples, the first two of which are those of `x.npy`.
    files.insert("more.npy", npy(&[5, 3]));
    for calibration in ["x.npy", "more.npy"] {
        assert_eq!(
            message_of(&source.replace("CALIBRATION", calibration), &files),
            "every sample of `x.npy` is one of the calibration, too\n= help: calibrate on other samples: what the \
             integers were chosen by says nothing about new inputs"
        );
    }
    files.insert("fewer.npy", npy(&[1, 3]));
    right(&source.replace("CALIBRATION", "fewer.npy"), &files);
}

#[test]
fn networks_without_classes_have_no_accuracy() {
    let limit = source("accuracy(\"test.safetensors\") >= 0.97");
    let single = limit.replace("Relu", "Dense { units: 1, weights: [[1, 2, 3]], bias: 0 }");
    assert_eq!(
        message_of(&single, &files()),
        "`accuracy` needs a value for each class, but the network makes [1]\n= help: it counts how often \
         the largest of several values is the right one; how far values are from the right ones is limited by \
         `error(\"test.npz\") <= 0.02`"
    );
    let two = limit.replace("Relu", "Dense { units: 2, weights: [[1, 2, 3], [4, 5, 6]], bias: 0 }");
    let message = message_of(&two, &files());
    assert!(message.contains("which is no class of 2"), "{message}");
}

#[test]
fn directions() {
    assert_eq!(message("flash >= 3"), "`flash` can only be limited from above\n= help: write `flash <= …`");
    assert_eq!(
        message("accuracy(\"test.safetensors\") <= 0.9"),
        "`accuracy` can only be limited from below\n= help: write `>=`"
    );
    assert_eq!(
        message("error(\"x.npy\", \"y.npy\") >= 0.9"),
        "`error` can only be limited from above\n= help: write `<=`"
    );
}

#[test]
fn arguments() {
    let form =
        "\n= help: write `accuracy(\"test.npz\") >= 0.97`, the file holding inputs `x` and their classes `y`";
    assert_eq!(message("accuracy >= 0.9"), format!("`accuracy` needs a test set{form}"));
    assert_eq!(
        message("accuracy(test) >= 0.9"),
        format!("`accuracy` takes the file of a test set in quotes{form}")
    );
    let form = "\n= help: at most so many samples are run, evenly spread over the test set: `samples: 500`";
    for setting in ["0", "1.5", "\"many\""] {
        assert_eq!(
            message(&format!("accuracy(\"test.safetensors\", samples: {setting}) >= 0.9")),
            format!("`samples` is a positive integer{form}")
        );
    }
    assert_eq!(
        message("accuracy(\"test.safetensors\", sample: 3) >= 0.9"),
        format!("`accuracy` has no setting `sample`{form}")
    );
    assert_eq!(message("ram(cortex_m0) <= 3"), "`ram` takes no argument\n= help: write `ram <= …`");
    assert_eq!(message("flash(\"x\") <= 3"), "`flash` takes no argument\n= help: write `flash <= …`");
}

#[test]
fn resources() {
    let form = "\n= help: processors are `cycles(cortex_m0) <= …` and `cycles(cortex_m0plus) <= …`; flash that makes \
                them wait is `cycles(cortex_m0, wait_states: 1) <= …`, a multiplier of 32 cycles is `cycles(cortex_m0, \
                multiplier: 32) <= …`";
    for (limit, cause) in [
        ("cycles <= 48_000", "`cycles` needs the name of a processor"),
        ("cycles(\"m0\") <= 48_000", "`cycles` takes the name of a processor"),
        ("cycles(avr) <= 48_000", "no times are known of a processor `avr`"),
        ("cycles(cortex_m0, prefetch: 1) <= 48_000", "`cycles` has no setting `prefetch`"),
        ("cycles(cortex_m0, wait_states: 16) <= 48_000", "wait states are a number from 0 to 15"),
        ("cycles(cortex_m0, multiplier: 16) <= 48_000", "a multiplier takes 1 cycle or 32"),
        ("cycles(cortex_m0, multiplier: 1, multiplier: 32) <= 48_000", "`multiplier` is set twice"),
        ("cycles(cortex_m0, wait_states: 1, prefetch: 1) <= 48_000", "`cycles` has no setting `prefetch`"),
    ] {
        assert_eq!(message(limit), format!("{cause}{form}"));
    }
    assert_eq!(
        message("cycles(cortex_m0) >= 48_000"),
        "`cycles` can only be limited from above\n= help: write `cycles(cortex_m0) <= …`"
    );
    assert_eq!(
        message("cycles(cortex_m0) <= 0.5"),
        "`cycles` is limited by an integer\n= help: for instance `cycles(cortex_m0) <= 48_000`"
    );
    assert_eq!(message("flsh <= 3"), "unknown limit `flsh`\n= help: did you mean `flash`?");
    assert_eq!(message("sram <= 3"), "unknown limit `sram`\n= help: did you mean `ram`?");
    assert_eq!(
        message("energy <= 3"),
        "unknown limit `energy`\n= help: limits are `flash <= 24 * KIB`, `ram <= 1 * KIB`, `stack <= 600`, \
         `macs <= 100_000`, `cycles(cortex_m0) <= 48_000`, `accuracy(\"test.npz\") >= 0.97`, \
         `error(\"test.npz\") <= 0.02` and `auc(\"test.npz\") >= 0.9`"
    );
    assert_eq!(message("rmse(\"t.npz\") <= 3"), "unknown limit `rmse`\n= help: did you mean `error`?");
    assert_eq!(message("ram <= 3, ram <= 4"), "`ram` is limited twice\n= help: keep the stricter limit");
}

#[test]
fn bounds() {
    for (limit, expected) in [
        ("flash <= 1.5", "`flash` is limited by an integer\n= help: for instance `flash <= 24 * KIB`"),
        ("flash <= 3 - 4", "`flash` cannot be limited to -1\n= help: for instance `flash <= 24 * KIB`"),
        ("flash <= 3 / 0", "this limit divides by zero\n= help: write a number, for instance `24 * KIB`"),
        (
            "flash <= 1.5 * KIB",
            "this limit mixes integers with numbers that have a fraction\n= help: as in Rust, they do not \
             mix: write one and a half KIB as `1536` or `3 * KIB / 2`",
        ),
        (
            "flash <= 99999999999999999999",
            "this limit is too large for 64 bits\n= help: write a smaller one, for instance `24 * KIB`",
        ),
        (
            "accuracy(\"test.safetensors\") >= 97",
            "`accuracy` is a share from 0 to 1\n= help: 97 of 100 are `accuracy(\"test.npz\") >= 0.97`",
        ),
        (
            "auc(\"anomalies.safetensors\") >= 90",
            "`auc` is an area from 0 to 1\n= help: 0.5 is as good as chance, 1 finds every anomaly: \
             `auc(\"test.npz\") >= 0.9`",
        ),
        (
            "error(\"x.npy\", \"y.npy\") <= -1",
            "`error` is never negative\n= help: it is the root mean squared error: `error(\"test.npz\") <= 0.02`",
        ),
        (
            "accuracy(\"test.safetensors\") >= 1.5",
            "`accuracy` is a share from 0 to 1\n= help: 97 of 100 are `accuracy(\"test.npz\") >= 0.97`",
        ),
    ] {
        assert_eq!(message(limit), expected);
    }
}

/// Limits are checked even where the layers are wrong, and each by itself.
#[test]
fn limits_and_layers_are_checked_alike() {
    let source = source("flsh <= 1, ram >= 2, accuracy(\"none.npz\") >= 0.5").replace("Relu", "Reluu");
    assert_eq!(super::messages(&source, &files()).len(), 3);
}
