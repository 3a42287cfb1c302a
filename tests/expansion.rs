//! What `tinynet!` writes: read by people, the same each time, and soon there.
//!
//! The expansion of `tests/expansion/name.rs` is in `name.expanded.rs` beside it. After a deliberate change:
//! `EXPANSION=overwrite cargo test --test expansion`, then read the difference.

use proc_macro2::TokenStream;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::time::{Duration, Instant};
use tinynet_compiler::files::{File, FileError, Files, FolderFiles, InvisibleFiles, MemoryFiles};

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What `tinynet!` in a source file passes on.
fn declaration(path: &Path) -> TokenStream {
    let file = syn::parse_file(&fs::read_to_string(path).unwrap()).unwrap();
    let invocation = file.items.into_iter().find_map(|item| match item {
        syn::Item::Macro(item) if item.mac.path.segments.last().unwrap().ident == "tinynet" => {
            Some(item.mac.tokens)
        }
        _ => None,
    });
    with_facade(invocation.unwrap())
}

fn with_facade(declaration: TokenStream) -> TokenStream {
    let mut tokens: TokenStream = "(::tinynet)".parse().unwrap();
    tokens.extend(declaration);
    tokens
}

/// What an editor gets says so to any compiler; other errors it must not hear of.
fn has_errors(text: &str) -> bool {
    let guard = "# [cfg (not (any (rust_analyzer , intellij_rust)))] :: core :: compile_error !";
    text.replace(guard, "").contains("compile_error")
}

fn expand(declaration: &TokenStream, files: &dyn Files) -> TokenStream {
    tinynet_compiler::expand(declaration.clone(), files)
}

/// Source text as a person wants to read it.
fn pretty(expansion: TokenStream) -> String {
    prettyplease::unparse(&syn::parse2(expansion).unwrap())
}

fn snapshot(name: &str) {
    let folder = repository().join("tests/expansion");
    let expansion = pretty(expand(&declaration(&folder.join(format!("{name}.rs"))), &MemoryFiles::new()));
    let path = folder.join(format!("{name}.expanded.rs"));
    if std::env::var_os("EXPANSION").is_some_and(|value| value == "overwrite") {
        fs::write(path, expansion).unwrap();
        return;
    }
    let expected = fs::read_to_string(&path).unwrap();
    let difference = expected.lines().zip(expansion.lines()).enumerate().find(|(_, (old, new))| old != new);
    assert!(expected == expansion, "{} is not what is expanded now; first: {difference:#?}", path.display());
}

#[test]
fn packed_loops_are_as_recorded() {
    snapshot("packed");
}

#[test]
fn weights_of_few_bits_are_as_recorded() {
    snapshot("few_bits");
}

#[test]
fn straight_line_code_is_as_recorded() {
    snapshot("unrolled");
}

/// The example networks: the file that declares each, and the files it names.
fn examples() -> Vec<(PathBuf, FolderFiles)> {
    let package = repository().join("examples/networks");
    let names = ["digits", "gestures", "sea_temperature", "touch"];
    names.map(|name| (package.join("src").join(name).with_extension("rs"), FolderFiles::new(&package))).into()
}

#[test]
fn expansions_are_the_same_each_time() {
    for (source, files) in examples() {
        let declaration = declaration(&source);
        let [first, second] = [(); 2].map(|()| expand(&declaration, &files).to_string());
        assert!(first == second, "{}", source.display());
        assert!(!first.contains("compile_error"), "{}: {first}", source.display());
    }
}

/// Where a process of [`expansions_are_the_same_in_every_process`] writes to.
const RESULT: &str = "TINYNET_TEST_EXPANSIONS";

/// Where it finds the example networks.
const FOLDER: &str = "TINYNET_TEST_FOLDER";

/// What another process is asked for: the expansions of declared networks and of whole models.
#[test]
fn expansions_of_another_process() {
    let [Some(result), Some(folder)] =
        [RESULT, FOLDER].map(std::env::var_os).map(|name| name.map(PathBuf::from))
    else {
        return;
    };
    let files = FolderFiles::new(&folder);
    let sources = ["digits", "gestures", "sea_temperature", "touch"];
    let declared = sources.map(|name| declaration(&folder.join("src").join(name).with_extension("rs")));
    let mut texts: Vec<String> =
        declared.iter().map(|declaration| expand(declaration, &files).to_string()).collect();
    for path in models(&folder) {
        let declaration = format!("pub struct Net = {:?};", path.to_string_lossy());
        texts.push(expand(&with_facade(declaration.parse().unwrap()), &files).to_string());
    }
    // The one thing that depends on the place: rustc is told which files to watch.
    let text = texts.join("\n").replace(&*folder.to_string_lossy(), "FOLDER");
    fs::write(result, text).unwrap();
}

/// A model in the folder, and public ones of many layers.
fn models(folder: &Path) -> Vec<PathBuf> {
    let mut models = vec![folder.join("branches.tflite")];
    if let Some(zoo) = std::env::var_os("TINYNET_ZOO") {
        let names = ["mlperf_tiny/kws_ref_model_int8", "tinymaix/mnist_resnet_q", "tinyengine/detection"];
        let zoo = PathBuf::from(zoo).join("models");
        models.extend(names.map(|name| zoo.join(name).with_extension("tflite")));
    }
    models
}

/// Hash maps have another order in each process; files stand elsewhere on another machine.
#[test]
fn expansions_are_the_same_in_every_process() {
    let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let texts =
        [("one", "C", "1"), ("another", "tr_TR.UTF-8", "1700000000")].map(|(name, language, time)| {
            let folder = temporary.join(format!("{name}-folder"));
            copy(&repository().join("examples/networks"), &folder);
            fs::copy(repository().join("tests/ui/data/branches.tflite"), folder.join("branches.tflite"))
                .unwrap();
            let result = temporary.join(format!("{name}-expansions"));
            let mut process = Command::new(std::env::current_exe().unwrap());
            process.args(["--exact", "expansions_of_another_process"]).current_dir(&folder);
            process.env(RESULT, &result).env(FOLDER, &folder);
            process.env("LANG", language).env("SOURCE_DATE_EPOCH", time).env("CARGO_PKG_NAME", name);
            assert!(process.output().unwrap().status.success());
            fs::read_to_string(result).unwrap()
        });
    assert!(texts[0].len() > 10_000 && !has_errors(&texts[0]), "{}", texts[0]);
    let difference = texts[0].split(' ').zip(texts[1].split(' ')).find(|(one, another)| one != another);
    assert!(texts[0] == texts[1], "first difference: {difference:?}");
}

/// Copies a folder with all that is in it.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

/// Time that this thread has had a processor for, where the system says so: other processes do not count then.
fn busy() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let statistics = fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = statistics.and_then(|line| line.split(' ').next()?.parse().ok());
    nanoseconds.map_or_else(|| START.elapsed(), Duration::from_nanos)
}

/// Bytes of the table that times are told by.
const TABLE: usize = 300 << 10;

/// Time that the machine takes to write [`TABLE`] as a literal, without which no expansion has such a table.
///
/// Machines differ, and the same one is two times slower on another day: bounds in seconds would tell of them only.
/// Where these are from, it takes 13 ms: 75 literals a second.
fn literal() -> Duration {
    let table: Vec<u8> = (0..TABLE).map(|index| (index * 7919 % 251) as u8).collect();
    // The clock may move in steps of milliseconds.
    const TIMES: usize = 8;
    let start = busy();
    let literals = [(); TIMES].map(|()| proc_macro2::Literal::byte_string(&table));
    let time = busy() - start;
    assert!(literals.iter().all(|literal| literal.to_string().len() > TABLE));
    time / TIMES as u32
}

/// How many times as long as [`literal`] it takes to expand: of both the least, as other work on the machine makes the
/// processor slower at times.
fn time(declaration: &TokenStream, files: &dyn Files) -> f64 {
    let expansion = || {
        let start = busy();
        let expansion = expand(declaration, files);
        let time = busy() - start;
        assert!(!expansion.to_string().contains("compile_error"), "{expansion}");
        time
    };
    let rounds: Vec<_> = (0..12).map(|_| (expansion(), literal())).collect();
    let expansion = rounds.iter().map(|(expansion, _)| expansion).min().unwrap();
    let literal = rounds.iter().map(|(_, literal)| literal).min().unwrap();
    println!("{expansion:?} to expand, {literal:?} for a literal");
    expansion.as_secs_f64() / literal.as_secs_f64()
}

#[test]
fn examples_expand_within_a_second() {
    for (source, files) in examples() {
        let time = time(&declaration(&source), &files);
        println!("{}: {time:.1} literals", source.display());
        assert!(time < 75.0, "{}: {time:.1} literals", source.display());
    }
}

/// A matrix as numpy writes it.
fn npy(rows: usize, columns: usize, values: impl Iterator<Item = f32>) -> Vec<u8> {
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
    header += &" ".repeat(63 - (10 + header.len()) % 64);
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend(u16::try_from(header.len()).unwrap().to_le_bytes());
    bytes.extend(header.bytes());
    bytes.extend(values.flat_map(f32::to_le_bytes));
    bytes
}

/// A dense layer of `units` on 640 inputs, with calibration samples.
fn dense(units: usize) -> (TokenStream, MemoryFiles) {
    let noise = |index: usize| (index * 7919 % 1009) as f32 / 1009.0 - 0.5;
    let mut files = MemoryFiles::new();
    files.insert("weights.npy", npy(units, 640, (0..units * 640).map(noise)));
    files.insert("samples.npy", npy(8, 640, (0..8 * 640).map(noise)));
    let declaration = format!(
        "pub struct Net {{
            input: Input {{ shape: [640], calibration: \"samples.npy\" }},
            fc1: Dense {{ units: {units}, weights: \"weights.npy\", use_bias: false, layout: PyTorch, unroll: Loop }},
        }}"
    );
    (with_facade(declaration.parse().unwrap()), files)
}

/// A fifth of a second, and what measurements differ by.
#[test]
fn a_table_of_300_kilobytes_adds_little() {
    let [small, large] = [1, 480].map(|units| {
        let (declaration, files) = dense(units);
        time(&declaration, &files)
    });
    println!("640 weights: {small:.1} literals, 307 200 weights: {large:.1}");
    assert!(large < small + 18.0, "640 weights: {small:.1} literals, 307 200 weights: {large:.1}");
}

/// A declaration as far as it is typed.
fn typed(declaration: &str) -> String {
    typed_in(declaration, &InvisibleFiles)
}

fn typed_in(declaration: &str, files: &dyn Files) -> String {
    expand(&with_facade(declaration.parse().unwrap()), files).to_string()
}

fn assert_has_api(text: &str) {
    let names = [
        "const fn new",
        "fn infer",
        "fn input_mut",
        "fn run",
        "fn classify",
        "fn quantize_input",
        "fn dequantize_output",
        "infer_fixed !",
        "const OUTPUT_SHAPE",
        "const OUTPUT_QUANTIZATION",
        "Network for",
        "Default for",
    ];
    for name in names {
        assert!(text.contains(name), "{name} in {text}");
    }
}

/// Files that an editor sees.
struct InEditor<'a>(&'a dyn Files);

impl Files for InEditor<'_> {
    fn read(&self, path: &syn::LitStr) -> Result<File, FileError> {
        self.0.read(path)
    }

    fn is_editor(&self) -> bool {
        true
    }
}

/// At each keystroke: the shapes, but neither calibration nor code.
#[test]
fn an_editor_that_sees_files_gets_the_api_only() {
    for (source, files) in examples() {
        let text = expand(&declaration(&source), &InEditor(&files)).to_string();
        assert!(!has_errors(&text), "{}: {text}", source.display());
        assert_has_api(&text);
        for code in ["Arena", "after_input", "What it costs"] {
            assert!(!text.contains(code), "{}: {code} in {text}", source.display());
        }
    }
    let touch = repository().join("examples/networks/src/touch.rs");
    let files = FolderFiles::new(repository().join("examples/networks"));
    let text = expand(&declaration(&touch), &InEditor(&files)).to_string();
    assert!(text.contains("const INPUT_SHAPE : & 'static [:: core :: primitive :: usize] = & [8 , 8 , 1]"));
    assert!(text.contains("type Output = [:: core :: primitive :: i8 ; 10]"), "{text}");
    assert!(text.contains("cfg (not (any (rust_analyzer"), "a compiler must refuse it: {text}");
    // What is wrong with a file shows.
    let broken = typed_in(
        "pub struct Net { image: Input { shape: [4], range: [0, 1] }, fc1: Dense { units: 3, weights: \"x.npy\" } }",
        &InEditor(&MemoryFiles::new()),
    );
    assert!(has_errors(&broken) && broken.contains("no file `x.npy`"), "{broken}");
}

#[test]
fn an_editor_that_sees_no_files_reports_nothing() {
    for (source, _) in examples() {
        let text = expand(&declaration(&source), &InvisibleFiles).to_string();
        assert!(!has_errors(&text), "{}: {text}", source.display());
        assert_has_api(&text);
        assert!(text.starts_with("const _ : () = { use :: tinynet :: dsl"), "anchors first: {text}");
    }
}

#[test]
fn what_is_half_typed_is_offered_to_an_editor() {
    let before = "pub struct Net { image: Input { shape: [4], range: [0, 1] }, ";
    let completed = [
        ("D", "let _ = D {"),
        ("fc1: D", "let _ = D {"),
        ("fc1: Dense { un", "un .."),
        ("fc1: Dense { un }", "un .."),
        ("fc1: Dense { units: 3, layout: Py", "layout : Py"),
        ("fc1: Dense { units: 3, layout: Py }, Relu", "layout : Py"),
        ("sum: Add { inputs: [im", "layers . im"),
        ("Relu { input: im }", "layers . im"),
    ];
    for (typed_so_far, offered) in completed {
        // An editor closes the braces of what is open.
        let open = typed_so_far.matches('{').count() - typed_so_far.matches('}').count();
        let bracket = if typed_so_far.ends_with("[im") { "]" } else { "" };
        let text = typed(&format!("{before}{typed_so_far}{bracket}{}}}", "}".repeat(open)));
        assert!(text.contains(offered), "`{typed_so_far}`: no `{offered}` in {text}");
        assert!(text.contains("pub struct Net"), "{text}");
    }
    // No layer yet: the type and the layer above stay.
    for typed_so_far in ["fc1:", "fc1: ,", "fc1: Dense { units: }", "fc1: Dense { units: 3, layout: }"] {
        let text = typed(&format!("{before}{typed_so_far} }}"));
        assert!(
            text.contains("let _ = Input {") && text.contains("pub struct Net"),
            "`{typed_so_far}`: {text}"
        );
    }
}
