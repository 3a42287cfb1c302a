//! The network of the wrist watch on this machine: `cargo run --release --example gestures`.

use demo::data::{Answers, TestSet};
use demo::{float, show};
use tinynet_examples::Gestures;

fn main() -> anyhow::Result<()> {
    let test = TestSet::read("gestures")?;
    let Answers::Classes(exercises) = &test.answers else { anyhow::bail!("the test set has no exercises") };
    let mut gestures = Gestures::new();
    let mut confusion = [[0; 7]; 7].map(Vec::from);
    for (motion, &exercise) in test.quantized(Gestures::INPUT_QUANTIZATION).iter().zip(exercises) {
        confusion[exercise][gestures.classify(motion[..].try_into()?)] += 1;
    }
    println!("Done (rows) and recognised (columns), by people who were not trained on:");
    println!("{}", show::confusion(&confusion));
    let right: usize = (0..7).map(|exercise| confusion[exercise][exercise]).sum();
    let share = right as f64 / exercises.len() as f64;
    println!("{right} of {} windows of motion recognised: {}", exercises.len(), show::percent(share));
    println!("the float network: {}", show::metric(float::metric("gestures")?));
    Ok(())
}
