//! Each network on the emulated micro:bit against this machine, bit for bit.

use random_networks::{Int8Network, Visitor, check_sum, visit_all};
use std::time::Duration;
use xtask::elf::Elf;
use xtask::emulator::Emulator;
use xtask::firmware;
use xtask::toolchain::{Builder, CORTEX_M0};

const PACKAGE: &str = "tests/differential/firmware";
const PROGRAM: &str = "random-networks-firmware";

/// Lines that the chip has to print, and the most bytes of stack that it may take for each.
#[derive(Default)]
struct Expected(Vec<(String, usize)>);

impl Visitor for Expected {
    fn visit<N: Int8Network>(&mut self, seed: u64) {
        self.0.push((format!("{seed}: {}", check_sum::<N>(seed, N::run)), N::STACK));
    }
}

#[test]
fn chip_and_host_agree_on_random_networks() {
    let builder = Builder::new(CORTEX_M0).expect("a compiler");
    let programs = firmware::build_package(&builder, PACKAGE, &[PROGRAM]).expect("firmware");
    let program = firmware::named(&programs, PROGRAM).expect("the program");
    let elf = Elf::read(&program.elf).expect("an ELF file");
    // Printing numbers divides; networks must not bring anything else in.
    let forbidden: Vec<_> = elf.forbidden().into_iter().filter(|name| !name.contains("div")).collect();
    assert_eq!(forbidden, [""; 0]);
    let session = Emulator::new().expect("the emulator").start(&program.elf, None).expect("a session");
    let text = session.finish(Duration::from_secs(300)).expect("success").text;
    let mut host = Expected::default();
    visit_all(&mut host);
    let lines: Vec<_> = text.trim().lines().collect();
    assert_eq!(lines.len(), host.0.len());
    let mut spare = 0;
    for (line, (expected, most)) in lines.into_iter().zip(&host.0) {
        let (sum, stack) = line.split_once(", ").expect("a sum and bytes of stack");
        assert_eq!(sum, expected);
        let stack: usize = stack.parse().expect("a number");
        println!("{sum}, {stack} bytes of stack, {most} at most");
        assert!(stack <= *most, "{sum}: {stack} bytes of stack, {most} at most");
        spare += most - stack;
    }
    // The bound is no more than it has to be.
    assert!(spare < 80 * host.0.len(), "{spare} bytes of stack too many, all networks together");
}
