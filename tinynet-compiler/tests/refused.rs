//! Models that are not imported: what is wrong, and what can be done about it.
//!
//! `operators/refused.npz` has small models, each wrong or unsupported in one way; `operators/make_refused.py` makes it and says
//! which of them TensorFlow Lite refuses, too. What users are told is in `operators/refused.txt`. After a deliberate change of
//! a message: `REFUSED=overwrite cargo test -p tinynet-compiler --test refused`, then read the difference.

use proc_macro2::Span;
use std::fmt::Write;
use std::fs;
use tinynet_compiler::from_tflite::{is_real, quantized_graph, real_graph};
use tinynet_compiler::import::{Values, npz, tflite};

/// What is said of a model.
fn problems(bytes: &[u8]) -> String {
    let model = match tflite::read(bytes) {
        Ok(model) => model,
        Err(error) => return format!("  {error}\n"),
    };
    let span = Span::call_site();
    let problems = match is_real(&model) {
        true => real_graph(&model, bytes, &["input".into()], span).err(),
        false => quantized_graph(&model, bytes, span).err(),
    };
    let Some(problems) = problems else { panic!("{} bytes are imported", bytes.len()) };
    problems.iter().fold(String::new(), |mut text, problem| {
        writeln!(text, "  {}\n    {}", problem.cause, problem.remedy).expect("text");
        text
    })
}

#[test]
fn messages_are_as_they_were() {
    let archive = npz::read(include_bytes!("operators/refused.npz")).expect("an archive of cases");
    let mut text = String::new();
    for (name, array) in &archive.entries {
        let Values::Integers(bytes) = &array.values else { panic!("no file {name}") };
        let bytes: Vec<u8> = bytes.iter().map(|&byte| byte as u8).collect();
        writeln!(text, "{name}\n{}", problems(&bytes)).expect("text");
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/operators/refused.txt");
    if std::env::var_os("REFUSED").is_some_and(|value| value == "overwrite") {
        fs::write(path, text).expect("a place for the text");
        return;
    }
    let expected = fs::read_to_string(path).expect("the expected text");
    for (expected, made) in expected.lines().zip(text.lines()) {
        assert_eq!(made, expected);
    }
    assert_eq!(text.lines().count(), expected.lines().count());
}
