//! Draws the networks: their files and their declarations.

use differential::{random, write};
use std::fmt::Write;
use std::path::PathBuf;

/// Enough that every layer kind meets every other; a thousand were run once.
const NETWORKS: u64 = 72;

fn main() {
    let folder = PathBuf::from(std::env::var_os("OUT_DIR").expect("set by cargo"));
    let save =
        |name: String, bytes: &[u8]| std::fs::write(folder.join(name), bytes).expect("cargo's own folder");
    let seeds =
        std::env::var("RANDOM_NETWORKS").ok().and_then(|count| count.parse().ok()).unwrap_or(NETWORKS);
    let mut source = String::new();
    let mut visits = String::new();
    for seed in 0..seeds {
        let network = random::network(seed);
        let name = &network.name;
        save(format!("{name}.safetensors"), &write::weights(&network));
        save(format!("{name}.npy"), &write::samples(&network.calibration, &network.input));
        let declaration = write::declaration(&network);
        write!(source, "tinynet::tinynet! {{\n/// Drawn from seed {seed}.\n{declaration}}}\n")
            .expect("text grows");
        writeln!(visits, "visitor.visit::<{name}>({seed});").expect("text grows");
    }
    write!(
        source,
        "/// Shows every network to a visitor, with the seed it was drawn from.\n\
         pub fn visit_all(visitor: &mut impl Visitor) {{\n{visits}}}\n"
    )
    .expect("text grows");
    save("networks.rs".into(), source.as_bytes());
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=RANDOM_NETWORKS");
    println!("cargo::rustc-env=RANDOM_NETWORKS_FOLDER={}", folder.display());
}
