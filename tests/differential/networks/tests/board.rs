//! Each network on the emulated micro:bit against this machine, bit for bit.

use random_networks::{Int8Network, Visitor, check_sum, visit_all};
use std::fmt::Write;
use std::time::Duration;
use xtask::elf::Elf;
use xtask::emulator::Emulator;
use xtask::firmware;
use xtask::toolchain::{Builder, CORTEX_M0};

const PACKAGE: &str = "tests/differential/firmware";
const PROGRAM: &str = "random-networks-firmware";

struct Printer(String);

impl Visitor for Printer {
    fn visit<N: Int8Network>(&mut self, seed: u64) {
        writeln!(self.0, "{seed}: {}", check_sum::<N>(seed)).expect("text grows");
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
    let mut host = Printer(String::new());
    visit_all(&mut host);
    assert_eq!(text.trim(), host.0.trim());
}
