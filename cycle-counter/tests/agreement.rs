//! The plugin in QEMU against counts that an independent counter recorded for the same program.

use cycle_counter::report::{Count, Region, Report};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// `kernels.s`, assembled: the whole flash image.
#[rustfmt::skip]
const PROGRAM: &[u32] = &[
    0x2000_4000, 0x0000_0043, 0x0000_0041, 0x0000_0041, 0x0000_0041, 0x0000_0041,
    0x0000_0041, 0x0000_0041, 0x0000_0041, 0x0000_0041, 0x0000_0041, 0x0000_0041,
    0x0000_0041, 0x0000_0041, 0x0000_0041, 0x0000_0041, 0x2403_e7fe, 0xf812_f000,
    0xf814_f000, 0xf81f_f000, 0xf82c_f000, 0xf842_f000, 0xf84e_f000, 0xd1f1_3c01,
    0x2018_4901, 0xe7fe_beab, 0x0002_0026, 0x3801_2064, 0x4770_d1fd, 0x4823_b570,
    0x221f_2100, 0x461c_5683, 0x436b_1065, 0x3a01_18c9, 0xb208_d5f8, 0xb5f0_bd70,
    0x491e_481d, 0xc878_2202, 0x3a01_c178, 0xb082_d1fb, 0x884f_9301, 0xb002_700f,
    0xbd00_bcf0, 0xf000_b510, 0xa008_f811, 0x4780_3001, 0xf3ef_4674, 0xb672_8310,
    0x8810_f383, 0x8f4f_f3bf, 0x8f6f_f3bf, 0xbc08_bc10, 0xe7ff_469e, 0xb2d2_ba12,
    0x4770_43d2, 0x2802_2000, 0xa102_d009, 0x468f_3001, 0x46c0_bf00, 0x4497_2200,
    0xbf00_bf00, 0x4770_e7f3, 0xd5fd_3801, 0xbf10_bf00, 0x0000_4770, 0x0000_0110,
    0x0000_0110, 0x2000_0000, 0x807f_fe01, 0x807f_fe01, 0x807f_fe01, 0x807f_fe01,
    0x807f_fe01, 0x807f_fe01, 0x807f_fe01, 0x807f_fe01,
];

/// A function of the program, and what an independent counter recorded for it.
struct Recorded {
    name: &'static str,
    /// Address and length in bytes.
    start: u32,
    length: u32,
    calls: u64,
    /// Instructions, Cortex-M0 cycles and Cortex-M0+ cycles of all calls together.
    inclusive: [u64; 3],
}

const RECORDED: &[Recorded] = &[
    Recorded { name: "countdown", start: 0x6c, length: 8, calls: 3, inclusive: [606, 1206, 906] },
    Recorded { name: "dot_product", start: 0x74, length: 26, calls: 3, inclusive: [690, 1008, 912] },
    Recorded { name: "copy", start: 0x8e, length: 30, calls: 3, inclusive: [57, 165, 159] },
    Recorded { name: "call_tree", start: 0xac, length: 40, calls: 3, inclusive: [81, 168, 138] },
    Recorded { name: "leaf", start: 0xd4, length: 8, calls: 9, inclusive: [36, 54, 45] },
    Recorded { name: "jumps", start: 0xdc, length: 28, calls: 3, inclusive: [66, 114, 90] },
    Recorded { name: "last_element", start: 0xf8, length: 10, calls: 3, inclusive: [27, 45, 36] },
];

/// The whole program, up to the `BKPT` that ends it and has no published time.
///
/// Instructions, Cortex-M0 and Cortex-M0+ cycles, instructions without a time.
const RECORDED_TOTAL: [u64; 4] = [1555, 2792, 2307, 1];

/// Cortex-M0 and Cortex-M0+ cycles of `dot_product` with the multiplier of 32 cycles.
const RECORDED_SMALL_MULTIPLIER: [u64; 2] = [3984, 3888];

#[test]
fn counts_agree_with_an_independent_counter() {
    let report = count("multiplier=1");
    let Count { instructions, cycles_m0, cycles_m0plus, untimed, .. } = report.total;
    assert_eq!([instructions, cycles_m0, cycles_m0plus, untimed], RECORDED_TOTAL);
    assert_eq!(report.regions.len(), RECORDED.len());
    for (recorded, region) in RECORDED.iter().zip(&report.regions) {
        let Count { instructions, cycles_m0, cycles_m0plus, untimed, .. } = region.inclusive;
        let name = recorded.name;
        assert_eq!(([instructions, cycles_m0, cycles_m0plus], untimed), (recorded.inclusive, 0), "{name}");
        assert_eq!((region.calls, region.unfinished), (recorded.calls, 0), "{name}");
        // Nothing in these kernels depends on data, so every call takes the same time.
        assert_eq!(region.least, region.most, "{name}");
        assert_eq!(region.least.cycles_m0 * region.calls, cycles_m0, "{name}");
    }
}

#[test]
fn own_counts_leave_callees_out() {
    let report = count("multiplier=1");
    let [.., call_tree, leaf, _, _] = &report.regions[..] else { panic!("seven functions") };
    // Every call of `leaf` comes from `call_tree`.
    assert_eq!(call_tree.inclusive - leaf.inclusive, call_tree.own);
    assert_eq!(leaf.inclusive, leaf.own);
}

#[test]
fn the_small_multiplier_agrees() {
    let report = count("multiplier=32");
    let Region { inclusive, .. } = report.regions[1];
    assert_eq!([inclusive.cycles_m0, inclusive.cycles_m0plus], RECORDED_SMALL_MULTIPLIER);
}

/// Runs the program in QEMU with the plugin.
fn count(multiplier: &str) -> Report {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let image = folder.path().join("kernels.bin");
    let out = folder.path().join("counts.json");
    let bytes: Vec<u8> = PROGRAM.iter().flat_map(|word| word.to_le_bytes()).collect();
    std::fs::write(&image, bytes).expect("writing the program");
    let status = Command::new(emulator())
        .args(["-M", "microbit", "-nographic", "-serial", "null", "-monitor", "none"])
        .args(["-semihosting-config", "enable=on,target=native", "-kernel"])
        .arg(&image)
        .arg("-plugin")
        .arg(plugin_option(&out, multiplier))
        .stdin(Stdio::null())
        .status()
        .expect("QEMU: `cargo xtask test` installs it");
    assert!(status.success(), "QEMU: {status}");
    let json = std::fs::read_to_string(&out).expect("a report");
    Report::from_json(&json).expect("a valid report")
}

fn plugin_option(out: &Path, multiplier: &str) -> String {
    let mut option = format!("{},out={},{multiplier}", plugin().display(), out.display());
    for Recorded { start, length, .. } in RECORDED {
        option += &format!(",region={start:#x}+{length:#x}");
    }
    option
}

/// The plugin that was built together with this test.
fn plugin() -> PathBuf {
    let test = std::env::current_exe().expect("the path of this test");
    let name = format!("{}cycle_counter{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    test.with_file_name(name)
}

/// `cargo xtask test` installs the emulator and names it in this variable.
fn emulator() -> OsString {
    std::env::var_os("QEMU_SYSTEM_ARM").unwrap_or_else(|| "qemu-system-arm".into())
}
