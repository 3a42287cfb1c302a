//! Whatever a `.tflite` file holds, the whole compiler ends soon, does not panic and takes no more memory than the file's
//! size allows. It says what is wrong and what to do, or writes code, and then the network answers the same as its file
//! says, without what has no effect, and with its tensors where the plan puts them.
//!
//! Seeded: real models with a few fields changed, and small models with each of their bytes changed. Faulty files are
//! kept in cargo's folder for temporary files. `cargo xtask fuzz` runs it for longer.

mod fields;
mod judge;
mod models;
mod mutation;
#[path = "../tflite_files/mod.rs"]
mod tflite_files;
mod trial;

use fastrand::Rng;
use models::Model;
use mutation::Intact;
use std::path::Path;
use std::time::Duration;
use tinynet_compiler::import::tflite;
use trial::{Tally, Trial};

/// Public models that are nearly all structure.
const SMALL: [&str; 2] = ["tflm/hello_world_int8", "tflm/simple_add_model"];

/// Mutated files of one model, seeds counted from `seed`.
fn mutate(trial: &mut Trial, model: &Model, seed: u64, cases: u64) {
    let intact = Intact::new(model.file.clone());
    for seed in seed..seed + cases {
        let mut random = Rng::with_seed(seed);
        let mutated = intact.mutated(&mut random);
        trial.judge(&mutated.file, &mut random, || {
            format!("{}, seed {seed}: {}", model.name, mutated.changes)
        });
    }
}

/// Each byte of a model changed alone: its lowest bit, its highest bit, all bits.
fn sweep(trial: &mut Trial, model: &Model) {
    let mut file = model.file.clone();
    let mut random = Rng::with_seed(7);
    for place in 0..file.len() {
        let good = file[place];
        for flip in [0x01, 0x80, 0xff] {
            file[place] = good ^ flip;
            trial.judge(&file, &mut random, || format!("{}, byte {place} flipped by {flip:#x}", model.name));
        }
        file[place] = good;
    }
}

/// Both must happen, or the mutations test nothing.
fn check(tally: Tally) {
    assert!(tally.refused > 500 && tally.run > 500, "{tally}");
}

#[test]
fn every_byte_of_written_models() {
    let mut trial = Trial::new("written-bytes");
    models::written().iter().for_each(|model| sweep(&mut trial, model));
    check(trial.end());
}

#[test]
fn every_byte_of_public_models() {
    let mut trial = Trial::new("public-bytes");
    let models = models::public();
    models.iter().filter(|model| SMALL.contains(&&*model.name)).for_each(|model| sweep(&mut trial, model));
    let tally = trial.end();
    if !models.is_empty() {
        check(tally);
    }
}

#[test]
fn models_of_one_operator() {
    let mut trial = Trial::new("operators");
    for (index, model) in models::operators().iter().enumerate() {
        mutate(&mut trial, model, 1000 * index as u64, 12);
    }
    check(trial.end());
}

#[test]
fn models_of_real_numbers() {
    let mut trial = Trial::new("real");
    for (index, model) in models::real().iter().enumerate() {
        mutate(&mut trial, model, 1000 * index as u64, 50);
    }
    check(trial.end());
}

#[test]
fn small_models() {
    let mut trial = Trial::new("small");
    for model in models::written() {
        mutate(&mut trial, &model, 0, 3000);
    }
    check(trial.end());
}

#[test]
fn public_models() {
    let mut trial = Trial::new("public");
    let models = models::public();
    for model in &models {
        let is_supported = trial.judge(&model.file, &mut Rng::with_seed(0), || model.name.clone());
        // Larger ones take longer, and the larger a model the less of it was changed.
        let cases = if is_supported { (1_000_000 / model.file.len() as u64).clamp(4, 80) } else { 10 };
        mutate(&mut trial, model, 0, cases);
    }
    let tally = trial.end();
    if !models.is_empty() {
        check(tally);
    }
}

/// A setting of `cargo xtask fuzz`.
fn setting(name: &str) -> Option<u64> {
    std::env::var(name)
        .ok()
        .map(|text| text.parse().unwrap_or_else(|_| panic!("{name}: {text} is no number")))
}

/// Runs where `cargo xtask fuzz` says for how long.
#[test]
fn for_a_while() {
    let Some(seconds) = setting("TINYNET_FUZZ_SECONDS") else { return };
    let files = std::env::var("TINYNET_FUZZ_FILES").unwrap_or_default();
    let given = files.lines().map(|path| Model { name: path.into(), file: models::read(Path::new(path)) });
    let mut models: Vec<Model> = given.collect();
    if models.is_empty() {
        models = models::written();
        models.extend([models::operators(), models::real(), models::public()].into_iter().flatten());
    }
    let mut trial = Trial::new("fuzz");
    // As they are; those that the compiler cannot read cannot be changed field by field either.
    for model in &models {
        trial.judge(&model.file, &mut Rng::with_seed(0), || model.name.clone());
    }
    models.retain(|model| tflite::read(&model.file).is_ok());
    let mut seed = setting("TINYNET_FUZZ_SEED").unwrap_or(0);
    while trial.time() < Duration::from_secs(seconds) {
        for model in &models {
            mutate(&mut trial, model, seed, 10);
        }
        seed += 10;
    }
    println!("the next seed is {seed}");
    trial.end();
}
