//! The regression on this machine: `cargo run --release --example sea_temperature`.

use anyhow::bail;
use demo::data::{Answers, Metric, TestSet};
use demo::float;
use tinynet_examples::SeaTemperature;

/// Of the network's numbers: 24 degrees Celsius is 0, 32 degrees is 1.
const OFFSET: f32 = 24.0;
const UNIT: f32 = 8.0;

fn main() -> anyhow::Result<()> {
    let test = TestSet::read("sea_temperature")?;
    let Answers::Values(temperatures) = &test.answers else { bail!("the test set has no temperatures") };
    let Metric::RootMeanSquaredError(float) = float::metric("sea_temperature")? else { bail!("no error") };
    let mut network = SeaTemperature::new();
    let mut squares = 0.0;
    println!("forecast and true temperature, in degrees Celsius:");
    for (months, &truth) in test.inputs.iter().zip(temperatures) {
        let input = SeaTemperature::quantize_input::<f32>(months[..].try_into()?);
        let [forecast]: [f32; 1] = SeaTemperature::dequantize_output(network.infer(&input));
        println!("{:8.2} {:8.2}", OFFSET + UNIT * forecast, OFFSET + UNIT * truth);
        squares += (forecast - truth).powi(2);
    }
    let error = (squares / temperatures.len() as f32).sqrt();
    println!(
        "root mean square error {:.3} K, of the float regression {:.3} K",
        UNIT * error,
        f64::from(UNIT) * float
    );
    Ok(())
}
