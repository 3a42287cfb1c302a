//! Estimated bytes of flash against linked programs, for networks of every kind of layer.

use random_networks::{Int8Network, Visitor, visit_all};
use std::collections::BTreeMap;
use xtask::elf::Elf;
use xtask::firmware;
use xtask::toolchain::{Builder, CORTEX_M0};

const PACKAGE: &str = "tests/differential/firmware";
const PROGRAM: &str = "alone";

/// The program with one of the networks, or with none.
fn linked(builder: &Builder, seed: Option<u64>) -> f64 {
    let seed = seed.map_or(String::new(), |seed| seed.to_string());
    let programs = firmware::build_package_with(builder, PACKAGE, &[PROGRAM], &[], &[("ALONE", &seed)])
        .expect("firmware");
    let program = firmware::named(&programs, PROGRAM).expect("the program");
    let elf = Elf::read(&program.elf).expect("an ELF file");
    // All kinds of layers are among these networks; the example networks have few.
    assert_eq!(elf.forbidden(), [""; 0], "network {seed}: linked, but forbidden");
    f64::from(elf.flash())
}

/// Of so many networks one is linked: a program takes half a second.
const EVERY: u64 = 4;

#[derive(Default)]
struct Estimates(BTreeMap<u64, usize>);

impl Visitor for Estimates {
    fn visit<N: Int8Network>(&mut self, seed: u64) {
        self.0.insert(seed, N::FLASH);
    }
}

#[test]
fn estimates_are_near_what_is_linked() {
    let builder = Builder::new(CORTEX_M0).expect("a compiler");
    let mut estimates = Estimates::default();
    visit_all(&mut estimates);
    let without = linked(&builder, None);
    let mut errors = Vec::new();
    for (seed, estimate) in estimates.0.into_iter().filter(|(seed, _)| seed % EVERY == 0) {
        let flash = linked(&builder, Some(seed)) - without;
        let error = estimate as f64 / flash - 1.0;
        println!("seed {seed}: {flash} bytes, estimate {estimate}, {:+.1} %", 100.0 * error);
        errors.push(error.abs());
    }
    let mean = errors.iter().sum::<f64>() / errors.len() as f64;
    let largest = errors.iter().copied().fold(0.0, f64::max);
    println!("{} networks, mean {:.1} %, largest {:.1} %", errors.len(), 100.0 * mean, 100.0 * largest);
    assert!(errors.len() >= 18 && mean < 0.05 && largest < 0.15, "mean {mean}, largest {largest}");
}
