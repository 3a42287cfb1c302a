//! Files that numpy and safetensors wrote themselves (by `data/make.py`) are read to the last bit; damaged ones are
//! refused for the right reason.

use std::path::{Path, PathBuf};
use tinynet_compiler::files::File;
use tinynet_compiler::import::{self, Archive, Array, ImportError, Values, npy, npz, safetensors};

/// `REALS` of the script.
const REALS: [f64; 6] = [0.5, -0.0, 1.0 / 3.0, 0.1, -65504.0, 6e-8];

fn bytes(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
    std::fs::read(path).unwrap()
}

fn floats(shape: &[usize], values: impl IntoIterator<Item = f32>) -> Array {
    Array { shape: shape.to_vec(), values: Values::F32(values.into_iter().collect()) }
}

fn integers(values: &[i64]) -> Array {
    Array { shape: vec![values.len()], values: Values::Integers(values.to_vec()) }
}

fn singles() -> Array {
    floats(&[2, 3], REALS.map(|real| real as f32))
}

/// What is left of the reals as float16: 1/3 and 0.1 lose bits, 6e-8 becomes the smallest subnormal, 2^-24.
fn halves() -> Array {
    floats(&[2, 3], [0.5, -0.0, 1365.0 / 4096.0, 1638.0 / 16384.0, -65504.0, 2f32.powi(-24)])
}

/// Equal to the bit: `-0.0` is not `0.0`.
fn assert_same(found: &Array, expected: &Array) {
    assert_eq!(found, expected);
    if let (Values::F32(found), Values::F32(expected)) = (&found.values, &expected.values) {
        let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(found), bits(expected));
    }
}

/// The archive's only entry of this name.
fn entry<'a>(archive: &'a Archive, name: &str) -> &'a Array {
    let mut found = archive.entries.iter().filter(|(entry, _)| entry == name);
    let (Some((_, array)), None) = (found.next(), found.next()) else { panic!("not one entry `{name}`") };
    array
}

fn names(archive: &Archive) -> Vec<&str> {
    archive.entries.iter().map(|(name, _)| name.as_str()).collect()
}

#[track_caller]
fn assert_error<T: std::fmt::Debug>(result: Result<T, ImportError>, message: &str, remedy: &str) {
    let error = result.unwrap_err();
    assert_eq!(error.to_string(), message);
    let found = error.remedy.unwrap();
    assert!(found.contains(remedy), "{found}");
}

#[test]
fn npy_of_every_version() {
    for name in ["version_1.npy", "version_2.npy", "version_3.npy"] {
        assert_same(&npy::read(&bytes(name)).unwrap(), &singles());
    }
    assert_same(&npy::read(&bytes("scalar.npy")).unwrap(), &floats(&[], [2.5]));
    assert_same(&npy::read(&bytes("empty.npy")).unwrap(), &floats(&[0, 3], []));
}

#[test]
fn npz_of_floats() {
    let archive = npz::read(&bytes("floats.npz")).unwrap();
    assert_same(entry(&archive, "half"), &halves());
    assert_same(entry(&archive, "half.big"), &halves());
    for name in ["single.big", "double", "double.big"] {
        assert_same(entry(&archive, name), &singles());
    }
    let count = floats(&[2, 3, 2], (0..12).map(|value| value as f32));
    assert_same(entry(&archive, "fortran"), &count);
    assert_same(entry(&archive, "view"), &count.transposed(&[2, 0, 1]));
    assert_eq!(
        names(&archive),
        ["half", "half.big", "single.big", "double", "double.big", "fortran", "view"]
    );
}

#[test]
fn transposing_moves_axes() {
    let array = floats(&[2, 3], (0..6).map(|value| value as f32));
    assert_same(&array.transposed(&[1, 0]), &floats(&[3, 2], [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]));
    assert_same(&array.transposed(&[0, 1]), &array);
    let empty = floats(&[0, 3], []);
    assert_same(&empty.transposed(&[1, 0]), &floats(&[3, 0], []));
    let scalar = floats(&[], [1.0]);
    assert_same(&scalar.transposed(&[]), &scalar);
}

#[test]
fn npz_of_integers() {
    let archive = npz::read(&bytes("signed.npz")).unwrap();
    assert_eq!(entry(&archive, "i1"), &integers(&[-128, 1, 127]));
    for (names, bits) in [(["<i2", ">i2"], 15), (["<i4", ">i4"], 31), (["<i8", ">i8"], 63)] {
        let largest = (1u64 << bits).wrapping_sub(1) as i64;
        for name in names {
            assert_eq!(entry(&archive, name), &integers(&[-largest - 1, 1, largest]));
        }
    }
    let archive = npz::read(&bytes("unsigned.npz")).unwrap();
    assert_eq!(entry(&archive, "u1"), &integers(&[0, 1, 255]));
    for (names, largest) in [(["<u2", ">u2"], 0xffff), (["<u4", ">u4"], 0xffff_ffff)] {
        for name in names {
            assert_eq!(entry(&archive, name), &integers(&[0, 1, largest]));
        }
    }
    assert_eq!(entry(&archive, "bool"), &integers(&[0, 1]));
}

#[test]
fn npz_that_is_compressed() {
    let archive = npz::read(&bytes("deflated.npz")).unwrap();
    assert_same(
        entry(&archive, "conv1.weight"),
        &floats(&[2, 3, 2], (0..12).map(|value| value as f32 / 4.0)),
    );
    assert_same(entry(&archive, "conv1.bias"), &floats(&[2], [1.0, -1.0]));
    let long = entry(&archive, "long");
    assert_eq!(long.shape, [300, 200]);
    assert_eq!(long.values, Values::Integers((0..60000).map(|value| value / 1000).collect()));
}

#[test]
fn safetensors_of_every_type() {
    let archive = safetensors::read(&bytes("types.safetensors")).unwrap();
    assert_eq!(archive.entries.len(), 14);
    assert_same(entry(&archive, "F16"), &halves());
    assert_same(entry(&archive, "F32"), &singles());
    assert_same(entry(&archive, "F64"), &singles());
    // Eight significant bits, rounded to nearest.
    let rounded = [0.5, -0.0, 171.0 / 512.0, 205.0 / 2048.0, -65536.0, 129.0 * 2f32.powi(-31)];
    assert_same(entry(&archive, "BF16"), &floats(&[2, 3], rounded));
    assert_same(entry(&archive, "scalar"), &floats(&[], [2.5]));
    assert_same(entry(&archive, "empty"), &floats(&[0, 3], []));
    assert_eq!(entry(&archive, "BOOL"), &integers(&[0, 1]));
    assert_eq!(entry(&archive, "i1"), &integers(&[-128, 1, 127]));
    assert_eq!(entry(&archive, "i2"), &integers(&[-32768, 1, 32767]));
    assert_eq!(entry(&archive, "i4"), &integers(&[-(1 << 31), 1, (1 << 31) - 1]));
    assert_eq!(entry(&archive, "i8"), &integers(&[i64::MIN, 1, i64::MAX]));
    assert_eq!(entry(&archive, "u1"), &integers(&[0, 1, 255]));
    assert_eq!(entry(&archive, "u2"), &integers(&[0, 1, 65535]));
    assert_eq!(entry(&archive, "u4"), &integers(&[0, 1, 0xffff_ffff]));
}

#[test]
fn arrays_of_no_numbers_say_what_to_save() {
    let read = |name| npy::read(&bytes(name));
    let objects = "numbers of type `|O` (Python objects) cannot be read";
    assert_error(read("object.npy"), objects, "numpy.asarray(x, dtype=numpy.float32)");
    assert_error(
        read("structured.npy"),
        "header: an array of a structured type cannot be read",
        "numpy.savez",
    );
    assert_error(read("complex.npy"), "numbers of type `<c16` (complex) cannot be read", "x.real");
    assert_error(read("text.npy"), "numbers of type `<U1` (text) cannot be read", "x.astype(numpy.float32)");
    let raw = "numbers of type `<V2` (raw bytes, perhaps bfloat16) cannot be read";
    assert_error(read("bfloat16.npy"), raw, "x.astype(numpy.float32)");
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    let whole = bytes("version_1.npy");
    for length in 0..whole.len() {
        assert!(npy::read(&whole[..length]).is_err(), "{length}");
    }
    let whole = bytes("deflated.npz");
    for length in 0..whole.len() {
        assert!(npz::read(&whole[..length]).is_err(), "{length}");
    }
    let whole = bytes("types.safetensors");
    for length in 0..whole.len() {
        assert!(safetensors::read(&whole[..length]).is_err(), "{length}");
    }
}

#[test]
fn truncated_npy_says_how_far_it_goes() {
    let whole = bytes("version_1.npy");
    let cut = "the file ends after 4 of the 6 values that its shape [2, 3] says";
    assert_error(npy::read(&whole[..whole.len() - 7]), cut, "copy it again");
    assert_error(npy::read(&whole[..40]), "the file ends inside its header", "copy it again");
    let mut longer = whole;
    longer.extend_from_slice(&[0; 5]);
    assert_error(npy::read(&longer), "5 bytes follow the array", "one array a file");
}

/// A `.npy` file of version 1.0 with this header and these data.
fn npy_file(header: &str, data: &[u8]) -> Vec<u8> {
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend_from_slice(&u16::try_from(header.len()).unwrap().to_le_bytes());
    file.extend_from_slice(header.as_bytes());
    file.extend_from_slice(data);
    file
}

#[test]
fn headers_of_other_writers() {
    let read = |header: &str| npy::read(&npy_file(header, &[1, 2])).unwrap();
    let expected = integers(&[1, 2]);
    assert_eq!(read("{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }\n"), expected);
    assert_eq!(read("{\"shape\":(2L,),\"descr\":\"<u1\",\"fortran_order\":True}"), expected);
}

#[test]
fn headers_that_make_no_sense() {
    let refused = |header: &str, message: &str| {
        assert_error(npy::read(&npy_file(header, &[])), message, "numpy.save");
    };
    let shape = |shape: &str| format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}}}");
    refused("", "header: expected `{` at byte 0, found its end");
    refused("{}", "header: no field `descr`");
    refused("{'descr': '<f4'}", "header: no field `fortran_order`");
    refused("{'descr': '<f4', 'descr': '<f4'}", "header: field `descr` stands twice");
    refused("{'order': 1}", "header: unknown field `order`");
    refused("{'descr': 4}", "header: expected a string at byte 10, found `4`");
    refused(
        "{'descr': '<f4', 'fortran_order': 0",
        "header: expected `True` or `False` at byte 34, found `0`",
    );
    refused("{'descr': '<f4'} x", "header: expected the end of the header at byte 17, found `x`");
    refused(&shape("(-1,)"), "header: expected the length of an axis at byte 51, found `-`");
    refused(&shape("2"), "header: expected `(` at byte 50, found `2`");
    refused(
        &shape("(99999999999999999999,)"),
        "header: expected the length of an axis at byte 51, found `9`",
    );
    let product = "shape [4294967296, 4294967296] has more values than memory can hold";
    refused(&shape("(4294967296, 4294967296)"), product);
    let hidden = "shape [0, 4294967296, 4294967296] has more values than memory can hold";
    refused(&shape("(0, 4294967296, 4294967296)"), hidden);
    refused(&shape(&format!("({})", "1,".repeat(65))), "header: more than 64 axes");
    refused(
        "{'descr': 'f4', 'fortran_order': False, 'shape': ()}",
        "numbers of type `f4` (no byte order) cannot be read",
    );
}

#[test]
fn files_that_are_something_else() {
    let npy = bytes("version_1.npy");
    let npz_bytes = bytes("floats.npz");
    assert_error(
        npy::read(&npz_bytes),
        "this is not a `.npy` file: it does not start with \\x93NUMPY",
        ".npz",
    );
    assert_error(npz::read(&npy), "this is a single array, not an archive", ".npy");
    assert!(npz::read(b"PK\x05\x06").is_err());
    let garbage = "the header should be 2336086654792787310 bytes long, but the file has only 12";
    assert_error(safetensors::read(b"network of layers..."), garbage, "safetensors");
}

#[test]
fn npz_whose_contents_do_not_match_its_sums() {
    let whole = bytes("floats.npz");
    let data = whole.windows(4).position(|window| window == 0.5f32.to_be_bytes()).unwrap();
    let mut damaged = whole;
    damaged[data] ^= 1;
    let error = npz::read(&damaged).unwrap_err().to_string();
    assert!(error.starts_with("entry `single.big.npy`: ") && error.contains("checksum"), "{error}");
}

/// A `.safetensors` file with this table and so many bytes of data.
fn safetensors_file(table: &str, data: usize) -> Vec<u8> {
    let mut file = (table.len() as u64).to_le_bytes().to_vec();
    file.extend_from_slice(table.as_bytes());
    file.resize(file.len() + data, 0);
    file
}

#[test]
fn safetensors_tables_that_make_no_sense() {
    let refused = |table: &str, message: &str| {
        assert_error(safetensors::read(&safetensors_file(table, 8)), message, "");
    };
    let tensor = |text: &str| format!(r#"{{"a":{{"dtype":"F32",{text}}}}}"#);
    refused("[]", "header: expected a table of tensors");
    refused(&"[".repeat(100_000), "header: expected a table of tensors");
    refused(r#"{"a":[[[[]]]]}"#, "header: tensor `a`: expected `dtype`, `shape` and `data_offsets`");
    refused(&tensor(r#""shape":[2]"#), "header: tensor `a`: expected two `data_offsets`");
    refused(&tensor(r#""shape":[2],"data_offsets":[0]"#), "header: tensor `a`: expected two `data_offsets`");
    refused(&tensor(r#""shape":[-2]"#), "header: tensor `a`: expected a size, not `-2`");
    refused(&tensor(r#""shape":[2.0]"#), "header: tensor `a`: expected a size, not `2.0`");
    refused(&tensor(r#""shape":[[2]]"#), "header: tensor `a`: expected a size");
    refused(&tensor(r#""shape":[2],"shape":[2]"#), "header: tensor `a`: field `shape` stands twice");
    let axes = format!(r#""shape":[{}1]"#, "1,".repeat(64));
    refused(&tensor(&axes), "header: tensor `a`: more than 64 axes");
    refused(&tensor(r#""strides":[2]"#), "header: tensor `a`: unknown field `strides`");
    refused(
        &tensor(r#""shape":[2],"data_offsets":[0,16]"#),
        "tensor `a`: offsets 0 to 16 do not continue at 0 in the 8 bytes of data",
    );
    refused(
        &tensor(r#""shape":[1],"data_offsets":[4,0]"#),
        "tensor `a`: offsets 4 to 0 do not continue at 0 in the 8 bytes of data",
    );
    refused(&tensor(r#""shape":[1],"data_offsets":[0,4]"#), "4 bytes at the end belong to no tensor");
    refused(
        &tensor(r#""shape":[3],"data_offsets":[0,8]"#),
        "tensor `a`: shape [3] of F32 does not take the 8 bytes it is given",
    );
    refused(
        &tensor(r#""shape":[4294967296,4294967296],"data_offsets":[0,8]"#),
        "tensor `a`: shape [4294967296, 4294967296] of F32 does not take the 8 bytes it is given",
    );
    let tensors = |second: &str| {
        let row = r#"{"dtype":"F32","shape":[1],"data_offsets":"#;
        format!(r#"{{"a":{row}[0,4]}},{second}:{row}[4,8]}}}}"#)
    };
    assert!(safetensors::read(&safetensors_file(&tensors(r#""b""#), 8)).is_ok());
    refused(&tensors(r#""a""#), "entry `a` stands twice in the file");
    let overlap = tensors(r#""b""#).replace("[4,8]", "[2,6]");
    refused(&overlap, "tensor `b`: offsets 2 to 6 do not continue at 4 in the 8 bytes of data");
    let small = tensors(r#""b""#).replacen("F32", "F8_E4M3", 1);
    refused(&small, "tensor `a`: numbers of type `F8_E4M3` cannot be read");
}

#[test]
fn the_extension_says_what_a_file_is() {
    let file = |name: &str, bytes: Vec<u8>| File { path: PathBuf::from(name), bytes: bytes.into() };
    assert!(import::read_array(&file("/w.NPY", bytes("version_1.npy"))).is_ok());
    assert!(import::read_archive(&file("/w.npz", bytes("floats.npz"))).is_ok());
    assert!(import::read_archive(&file("/w.safetensors", bytes("types.safetensors"))).is_ok());
    let onnx = "a `.onnx` file cannot be used here";
    assert_error(import::read_archive(&file("/w.onnx", vec![])), onnx, "numpy.savez");
    assert_error(
        import::read_array(&file("/w.npz", vec![])),
        "a `.npz` file cannot be used here",
        "numpy.save",
    );
    let pytorch = "a `.pt` file cannot be used here";
    assert_error(import::read_archive(&file("/w.pt", vec![])), pytorch, "safetensors.torch.save_file");
    let none = "the file's name has no extension that says what it is";
    assert_error(import::read_archive(&file("/weights", vec![])), none, ".safetensors");
}
