//! Whatever a weight file holds, reading it ends, does not panic and takes no more memory than the file's size allows.
//!
//! Seeded: each format gets a few thousand files. They begin as good ones; then fields that a reader trusts (shapes,
//! types, offsets, lengths, names) are replaced by hostile values, then single bytes are damaged. Files of whole models
//! have a test of their own, `mutated_models`.

use fastrand::Rng;
use proc_macro2::{Ident, Span};
use std::io::Write;
use syn::LitStr;
use tinynet_compiler::ast::Layer;
use tinynet_compiler::diagnostics::Errors;
use tinynet_compiler::files::MemoryFiles;
use tinynet_compiler::import::{Archive, Array, ImportError, npy, npz, safetensors};
use tinynet_compiler::test_set::{self, Request, Wanted};
use tinynet_compiler::weights::{FilterShape, Filters, WeightStore};

const CASES: usize = 4000;

/// Runs `read` and checks that it took no more memory than `limit` bytes at a time.
fn measured<T>(limit: usize, read: impl FnOnce() -> T) -> T {
    let mut result = None;
    let memory = allocation_counter::measure(|| result = Some(read()));
    let taken = usize::try_from(memory.bytes_max).unwrap_or_default();
    assert!(taken <= limit, "{taken} bytes taken, {limit} allowed");
    result.expect("it was read")
}

/// Most memory for `bytes` of numbers: bytes become `i64`, and transposing makes a second copy.
fn bound(bytes: usize) -> usize {
    16 * bytes + (8 << 10)
}

/// How many cases were read and how many refused; both must happen, or the mutations test nothing.
#[derive(Default)]
struct Tally {
    good: usize,
    bad: usize,
}

impl Tally {
    fn count<T>(&mut self, result: &Result<T, ImportError>) {
        match result {
            Ok(_) => self.good += 1,
            Err(error) => {
                assert!(!error.to_string().is_empty());
                assert!(error.remedy.is_some(), "no remedy: {error}");
                self.bad += 1;
            }
        }
    }

    fn check(&self) {
        assert!(self.good > CASES / 20 && self.bad > CASES / 4, "{} good, {} bad", self.good, self.bad);
    }
}

/// Shape and values belong together.
fn check_array(array: &Array) {
    assert_eq!(array.shape.iter().product::<usize>(), array.values.len());
}

fn choose<'a, T>(random: &mut Rng, items: &'a [T]) -> &'a T {
    &items[random.usize(..items.len())]
}

/// Damages a few bytes, most often none: flips, cuts, insertions, copies of another place.
fn damage(random: &mut Rng, bytes: &mut Vec<u8>) {
    for _ in 0..random.usize(..6).saturating_sub(2) {
        if bytes.is_empty() {
            return;
        }
        let place = random.usize(..bytes.len());
        match random.u8(..6) {
            0 => bytes.truncate(place),
            1 => drop(bytes.drain(place..(place + random.usize(1..20)).min(bytes.len()))),
            2 => bytes.insert(place, random.u8(..)),
            3 => bytes.extend_from_within(place..(place + random.usize(1..200)).min(bytes.len())),
            4 => bytes[place] = *choose(random, b"\x00\xff\x7f\x80(){}[]',:0-9"),
            _ => bytes[place] ^= 1 << random.u8(..8),
        }
    }
}

/// A number that breaks sums and products, or a harmless one.
fn hostile_number(random: &mut Rng) -> String {
    let numbers = ["0", "1", "-1", "2", "65536", "2147483648", "4294967296", "9223372036854775807"];
    let more = ["18446744073709551615", "18446744073709551616", "1e9", "0.5", "", "00000000000000000000001"];
    let all: Vec<&str> = numbers.into_iter().chain(more).collect();
    (*choose(random, &all)).to_owned()
}

fn shape(random: &mut Rng) -> Vec<usize> {
    (0..random.usize(..4)).map(|_| random.usize(..6)).collect()
}

/// Whether to replace a field by something hostile.
fn strike(random: &mut Rng) -> bool {
    random.u8(..8) == 0
}

/// A `.npy` file, good or hostile.
fn npy_file(random: &mut Rng) -> Vec<u8> {
    let good = ["<f2", "<f4", ">f4", "<f8", "|i1", ">i2", "<i4", "<i8", "|u1", "|b1", "<u8"];
    let bad = ["|O", "<f16", "<c8", "<U9999999999", "|V0", "", "<", "é", "<f4', 'x': '"];
    let descr = if strike(random) { *choose(random, &bad) } else { *choose(random, &good) };
    let shape = shape(random);
    let width = descr.bytes().last().map_or(1, |digit| usize::from(digit.wrapping_sub(b'0') & 15));
    let mut data = vec![random.u8(..2); shape.iter().product::<usize>() * width];
    if strike(random) {
        data.iter_mut().for_each(|byte| *byte = random.u8(..));
    }
    let mut axes: Vec<String> = shape.iter().map(|axis| format!("{axis},")).collect();
    if strike(random) {
        axes.insert(random.usize(..=axes.len()), format!("{},", hostile_number(random)));
    }
    let mut shape = format!("({})", axes.concat());
    if strike(random) {
        shape = "(".repeat(random.usize(..100)) + &"1,".repeat(random.usize(..100));
    }
    let order = if random.bool() { "True" } else { "False" };
    let descr = if strike(random) { "[('a', '<f4')]".into() } else { format!("'{descr}'") };
    let mut header = format!("{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}");
    if strike(random) {
        header += &" ".repeat(random.usize(..300));
    }
    let version = if strike(random) { random.u8(..) } else { random.u8(1..4) };
    let mut length = header.len() as u32;
    if strike(random) {
        length = *choose(random, &[0, 1, 0xffff, 0x7fff_ffff, 0xffff_ffff]);
    }
    let mut file = b"\x93NUMPY".to_vec();
    file.extend_from_slice(&[version, 0]);
    file.extend_from_slice(&length.to_le_bytes()[..if version == 1 { 2 } else { 4 }]);
    file.extend_from_slice(header.as_bytes());
    file.extend_from_slice(&data);
    file
}

#[test]
fn npy_files() {
    let mut random = Rng::with_seed(1);
    let mut tally = Tally::default();
    for _ in 0..CASES {
        let mut file = npy_file(&mut random);
        damage(&mut random, &mut file);
        let result = measured(bound(file.len()), || npy::read(&file));
        tally.count(&result);
        result.iter().for_each(check_array);
    }
    tally.check();
}

fn name(random: &mut Rng) -> String {
    let names =
        ["fc.weight", "fc.bias", "fc/kernel:0", "fc.kernel", "x", "y", "", "fc.", "\u{1}\u{202e}\"", "../x"];
    if strike(random) { "n".repeat(random.usize(..2000)) } else { (*choose(random, &names)).to_owned() }
}

/// A `.safetensors` file, good or hostile.
fn safetensors_file(random: &mut Rng) -> Vec<u8> {
    let types =
        [("F32", 4), ("F16", 2), ("BF16", 2), ("F64", 8), ("I8", 1), ("I64", 8), ("U8", 1), ("BOOL", 1)];
    let mut rows = Vec::new();
    let mut end = 0;
    for _ in 0..random.usize(..4) {
        let &(kind, width) = choose(random, &types);
        let kind = if strike(random) { "F8_E5M2" } else { kind };
        let shape = shape(random);
        let start = end;
        end += shape.iter().product::<usize>() * width;
        let mut numbers: Vec<String> = shape.iter().map(ToString::to_string).collect();
        let mut offsets = [start.to_string(), end.to_string()];
        if strike(random) {
            numbers.push(hostile_number(random));
        }
        if strike(random) {
            *choose_mut(random, &mut offsets) = hostile_number(random);
        }
        let mut row = format!(
            r#"{:?}:{{"dtype":"{kind}","shape":[{}],"data_offsets":[{}]}}"#,
            name(random),
            numbers.join(","),
            offsets.join(",")
        );
        if strike(random) {
            let field = *choose(random, &["dtype", "data_offsets", r#"shape":[],"shape"#]);
            row = row.replacen("shape", field, 1);
        }
        rows.push(row);
    }
    if strike(random) {
        let nested = choose(random, &["[", "{\"a\":", "[{\"a\":"]).repeat(random.usize(..2000));
        rows.push(format!("\"__metadata__\":{nested}"));
    } else if random.bool() {
        rows.insert(0, r#""__metadata__":{"format":"pt"}"#.into());
    }
    let table = format!("{{{}}}", rows.join(","));
    let mut length = table.len() as u64;
    if strike(random) {
        length = *choose(random, &[0, 1, length - 1, length + 1, 1 << 32, u64::MAX - 7, u64::MAX]);
    }
    let mut file = length.to_le_bytes().to_vec();
    file.extend_from_slice(table.as_bytes());
    file.resize(file.len() + end, random.u8(..2));
    file
}

fn choose_mut<'a, T>(random: &mut Rng, items: &'a mut [T]) -> &'a mut T {
    &mut items[random.usize(..items.len())]
}

#[test]
fn safetensors_files() {
    let mut random = Rng::with_seed(2);
    let mut tally = Tally::default();
    for _ in 0..CASES {
        let mut file = safetensors_file(&mut random);
        damage(&mut random, &mut file);
        let result = measured(bound(file.len()), || safetensors::read(&file));
        tally.count(&result);
        check_archive(result);
        use_weights("w.safetensors", &file);
    }
    tally.check();
}

fn check_archive(result: Result<Archive, ImportError>) {
    for (_, array) in result.unwrap_or_default().entries {
        check_array(&array);
    }
}

/// An archive of these files; those that `deflate` picks are compressed.
fn zip(entries: &[(String, Vec<u8>)], mut deflate: impl FnMut() -> bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut archive = rawzip::ZipArchiveWriter::new(&mut bytes);
    for (name, contents) in entries {
        let (method, packed) = if deflate() {
            (rawzip::CompressionMethod::DEFLATE, miniz_oxide::deflate::compress_to_vec(contents, 6))
        } else {
            (rawzip::CompressionMethod::STORE, contents.clone())
        };
        let (mut entry, sums) = archive.new_file(name).compression_method(method).start().unwrap();
        entry.write_all(&packed).unwrap();
        let mut sums = sums.wrap(std::io::sink());
        sums.write_all(contents).unwrap();
        let (_, descriptor) = sums.finish().unwrap();
        entry.finish(descriptor).unwrap();
    }
    archive.finish().unwrap();
    bytes
}

/// Puts a hostile number into a field of one of the archive's records.
fn damage_zip(random: &mut Rng, bytes: &mut [u8]) {
    let records: Vec<usize> =
        bytes.windows(2).enumerate().filter(|(_, pair)| pair == b"PK").map(|(at, _)| at).collect();
    if records.is_empty() {
        return;
    }
    let place = *choose(random, &records) + 4 + random.usize(..42);
    let number = *choose(random, &[0u32, 1, 8, 12, 0xff, 0xffff, 0x1_0000, 0x7fff_ffff, 0xffff_ffff]);
    for (byte, value) in bytes.iter_mut().skip(place).zip(&number.to_le_bytes()[..random.usize(1..=4)]) {
        *byte = *value;
    }
}

#[test]
fn npz_files() {
    let mut random = Rng::with_seed(3);
    let mut tally = Tally::default();
    for _ in 0..CASES {
        let count = random.usize(..3);
        let entries: Vec<(String, Vec<u8>)> = (0..count)
            .map(|_| {
                let ending = if strike(&mut random) { "" } else { ".npy" };
                let mut contents = npy_file(&mut random);
                if strike(&mut random) {
                    damage(&mut random, &mut contents);
                }
                (name(&mut random) + ending, contents)
            })
            .collect();
        let unpacked: usize = entries.iter().map(|(_, contents)| contents.len()).sum();
        let mut file = zip(&entries, || random.bool());
        if random.bool() {
            damage_zip(&mut random, &mut file);
        } else {
            damage(&mut random, &mut file);
        }
        // An archive may say that a file of it unfolds to 1032 times the size; that much is tried up to a preview.
        let preview = (1032 * file.len()).min(128 << 10);
        let result = measured(bound(file.len() + unpacked) + preview, || npz::read(&file));
        tally.count(&result);
        check_archive(result);
        use_weights("w.npz", &file);
    }
    tally.check();
}

/// Nothing further down trips over what a file holds either.
fn use_weights(name: &str, file: &[u8]) {
    let mut files = MemoryFiles::new();
    files.insert(name, file);
    let literal = LitStr::new(name, Span::call_site());
    let ident = |name| Ident::new(name, Span::call_site());
    let mut errors = Errors::new();
    let mut store = WeightStore::open(&files, Some(&literal), &mut errors);
    let layer = Layer { label: Some(ident("fc")), operator: ident("Dense"), options: vec![] };
    let shape = FilterShape::Dense { units: 2, inputs: 3 };
    let _ =
        store.filter(Filters { layer: &layer, shape, use_bias: true, layout: None, input: "" }, &mut errors);
    let _ = store.batch_norm(&layer, 2, &mut errors);
    let _ = store.slopes(&layer, 2, &mut errors);
    store.finish(true, &mut errors);
    let request = Request { input_shape: &[2, 3], integers: None, answers: Wanted::Classes(2) };
    let _ = test_set::read(&files, std::slice::from_ref(&literal), request, &mut errors);
    assert!(!errors.is_empty(), "no file has all of this");
    assert!(errors.messages().iter().all(|message| message.len() < 10_000));
}

/// Where the rows of an archive's table of contents begin.
fn directory(file: &[u8]) -> Vec<usize> {
    (0..file.len()).filter(|&at| file[at..].starts_with(b"PK\x01\x02")).collect()
}

#[test]
fn zip_bombs() {
    let header = |shape: &str| {
        let text = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({shape},)}}");
        let mut file = b"\x93NUMPY\x01\x00".to_vec();
        file.extend_from_slice(&(text.len() as u16).to_le_bytes());
        file.extend_from_slice(text.as_bytes());
        file
    };
    let mut contents = header("1000");
    contents.resize(contents.len() + 1_000_000, 0);
    let refused = |length: u32, message: &str| {
        let mut file = zip(&[("x.npy".into(), contents.clone())], || true);
        let row = directory(&file)[0];
        file[row + 24..][..4].copy_from_slice(&length.to_le_bytes());
        let error = measured(200 << 10, || npz::read(&file)).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    };
    // Longer than such data can be, longer than the array in it, longer than anything may be.
    refused(20_000_000, "cannot unfold to 20000000");
    refused(contents.len() as u32, "the array takes 1068 bytes, but the archive says 1000068");
    // The same data often, by a table that points to one place.
    let entries: Vec<_> = (0..2).map(|index| (format!("{index}.npy"), contents.clone())).collect();
    let mut file = zip(&entries, || true);
    let row = directory(&file)[1];
    file[row + 42..][..4].fill(0);
    let error = measured(8 << 10, || npz::read(&file)).unwrap_err();
    assert_eq!(error.to_string(), "entries overlap in the file");
}
