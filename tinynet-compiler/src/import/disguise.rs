//! Files that are not what their names say: what a failed download, a checkout without Git LFS or a renaming leaves.

use super::ImportError;

/// Refuses what is no file of numbers or layers at all, whatever its name says.
pub(super) fn check(bytes: &[u8]) -> Result<(), ImportError> {
    // How a pointer begins: https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
    const LFS: &[u8] = b"version https://git-lfs.github.com/spec/";
    let refuse = |cause: String, remedy: &str| Err(ImportError::new(cause).help(remedy));
    if bytes.is_empty() {
        refuse("the file is empty".into(), "save, copy or download it again")
    } else if bytes.starts_with(LFS) {
        let size = text(bytes).lines().find_map(|line| line.strip_prefix("size ")?.parse().ok());
        let size = size.map_or(String::new(), |size: u64| format!(" of {size} bytes"));
        refuse(format!("this is Git LFS's pointer to a file{size}, not the file"), "fetch it: `git lfs pull`")
    } else if is_web_page(bytes) {
        let remedy = "download the file itself: on GitHub by `Raw`, on Hugging Face by `download`";
        refuse("this is a web page".into(), remedy)
    } else {
        Ok(())
    }
}

fn is_web_page(bytes: &[u8]) -> bool {
    let begin = text(bytes).trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']).to_ascii_lowercase();
    ["<!doctype html", "<html"].iter().any(|tag| begin.starts_with(tag))
}

/// What the file begins with, if that is text.
fn text(bytes: &[u8]) -> &str {
    let begin = &bytes[..bytes.len().min(1024)];
    // A character that is cut by the limit, or the first that is none, ends it.
    std::str::from_utf8(begin)
        .unwrap_or_else(|error| std::str::from_utf8(&begin[..error.valid_up_to()]).unwrap_or_default())
}

/// What a file is that is no model of TensorFlow Lite, and how to get one of it; `None` where it is nothing known.
#[cfg(feature = "tflite")]
pub(super) fn other_model(bytes: &[u8]) -> Option<ImportError> {
    let (cause, remedy) = match bytes {
        [0x89, b'H', b'D', b'F', ..] => (
            "this is an HDF5 file, in which Keras keeps models",
            "convert it: tf.lite.TFLiteConverter.from_keras_model(tf.keras.models.load_model(\"model.h5\"))",
        ),
        [b'P', b'K', 3, 4, ..] => (
            "this is a zip archive",
            "unpack it; a model of Keras (`.keras`) or PyTorch (`.pt`) is such an archive and has to be converted",
        ),
        [0x1f, 0x8b, ..] => ("this file is compressed", "unpack it: `gunzip`, `tar -xzf`"),
        // A pickle of protocol 2 or later.
        [0x80, 2..=5, ..] => (
            "this is a pickle, in which PyTorch keeps models",
            "convert it, for instance by `ai_edge_torch`, or declare the layers and save the weights by \
             `safetensors`",
        ),
        // Protocol buffers: the first field is the version of the format, the second is text or a graph.
        [8, 1, 0x12, ..] => (
            "this is a SavedModel of TensorFlow",
            "convert its folder: tf.lite.TFLiteConverter.from_saved_model(\"folder\")",
        ),
        [8, 2..=20, 0x12 | 0x3a | 0x42, ..] => {
            ("this is an ONNX model", "convert it, for instance by `onnx2tf`")
        }
        _ => return None,
    };
    Some(ImportError::new(cause).help(remedy))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cause(bytes: &[u8]) -> Option<String> {
        check(bytes).err().map(|error| error.cause)
    }

    #[test]
    fn what_is_no_file_of_numbers_is_named() {
        let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 53936\n";
        let said = cause(pointer).unwrap();
        assert_eq!(said, "this is Git LFS's pointer to a file of 53936 bytes, not the file");
        assert_eq!(cause(&pointer[..60]).unwrap(), "this is Git LFS's pointer to a file, not the file");
        assert_eq!(cause(b"").unwrap(), "the file is empty");
        assert_eq!(cause(b"\xef\xbb\xbf\n <!DOCTYPE HTML>\xff").unwrap(), "this is a web page");
        assert_eq!(cause(b"<html lang=\"en\">").unwrap(), "this is a web page");
        for other in [&b"\x93NUMPY"[..], b"PK\x03\x04", b"\0\0\0\0TFL3", b"<htm", b"\xef\xbb"] {
            assert_eq!(cause(other), None);
        }
    }

    #[cfg(feature = "tflite")]
    #[test]
    fn models_of_other_kinds_are_named() {
        let kinds: [(&[u8], &str); 7] = [
            (b"\x89HDF\r\n\x1a\n", "HDF5"),
            (b"PK\x03\x04\x14\0", "zip"),
            (b"\x1f\x8b\x08", "compressed"),
            (b"\x80\x02}q", "pickle"),
            (b"\x08\x01\x12\x90\x01", "SavedModel"),
            (b"\x08\x08\x12\x07pytorch", "ONNX"),
            (b"\x08\x0a:\x80", "ONNX"),
        ];
        for (bytes, kind) in kinds {
            let error = other_model(bytes).unwrap();
            assert!(error.cause.contains(kind) && error.remedy.is_some(), "{error}");
        }
        assert_eq!(other_model(b"\x1c\0\0\0TFL3"), None);
    }
}
