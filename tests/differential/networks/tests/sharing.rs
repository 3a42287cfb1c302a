//! What is equal is in flash once, and what is not called is not there.

use std::sync::Mutex;
use xtask::elf::Elf;
use xtask::firmware;
use xtask::toolchain::{Builder, CORTEX_M0};

const PACKAGE: &str = "tests/differential/firmware";
const PROGRAM: &str = "together";

/// All programs are built in one place.
static ALONE: Mutex<()> = Mutex::new(());

/// A program with these calls of networks: `infer Once, classify Twice`.
fn linked(calls: &str) -> Elf {
    let _alone = ALONE.lock();
    let builder = Builder::new(CORTEX_M0).expect("a compiler");
    let programs = firmware::build_package_with(&builder, PACKAGE, &[PROGRAM], &[], &[("TOGETHER", calls)]);
    let programs = programs.expect("firmware");
    Elf::read(&firmware::named(&programs, PROGRAM).expect("the program").elf).expect("an ELF file")
}

/// Bytes of the functions whose names are like that.
fn bytes(elf: &Elf, is_wanted: impl Fn(&str) -> bool) -> u32 {
    let functions = elf.functions().into_iter().filter(|symbol| is_wanted(&symbol.name));
    functions.map(|symbol| symbol.size).sum()
}

/// Bytes of layers written in instructions of the core.
fn instructions(elf: &Elf) -> u32 {
    bytes(elf, |name| name.ends_with("_instructions"))
}

#[test]
fn a_model_under_two_names_is_in_flash_once() {
    let [none, one, two] = ["", "infer Once", "infer Once, infer Twice"].map(linked);
    let own = instructions(&one);
    assert_eq!(instructions(&two), 2 * own);
    let [none, one, two] = [none, one, two].map(|elf| elf.flash());
    println!(
        "{none} bytes without a network, {one} with one, {two} with another like it, {own} of instructions"
    );
    // The second has instructions and calls of its own, but neither weights nor kernels in Rust.
    assert!(one > none + 6000 && own > 2000 && two < one + own + 400, "{none} {one} {two} {own}");
}

#[test]
fn two_layers_with_equal_tables_have_one() {
    let [one, two] = ["infer OneTable", "infer EqualTables"].map(|calls| linked(calls).flash());
    println!("{one} bytes with a table, {two} with two alike");
    assert!(two < one + 128, "{one} {two}");
}

#[test]
fn who_only_classifies_links_no_softmax() {
    let [infer, classify] = ["infer Once", "classify Once"].map(linked);
    let softmax = |elf: &Elf| bytes(elf, |name| name.contains("oftmax"));
    assert!(softmax(&infer) > 0 && softmax(&classify) == 0);
    // The layer goes, and what calls it is larger by what finds the largest of the scores.
    let calls = |elf: &Elf| bytes(elf, |name| name.ends_with("Networks::run"));
    let functions = softmax(&infer) + calls(&infer) - calls(&classify);
    let saved = infer.flash() - classify.flash();
    println!("{saved} bytes of {}", infer.flash());
    // And with it, its table of exponentials: a word for each difference that counts, behind which there is nothing.
    assert!(saved > functions + 4 * 40, "{saved} bytes less, {functions} of functions");
}
