//! Tells one compiler from another: results that are kept from build to build are those of this one.

use hmac_sha256::Hash;
use std::path::Path;

fn main() {
    let mut hash = Hash::new();
    // Of a published package, whose version says it all, the other folder is not there.
    for folder in ["src", "../tinynet-core/src"].map(Path::new).into_iter().filter(|folder| folder.is_dir()) {
        println!("cargo::rerun-if-changed={}", folder.display());
        add_folder(folder, &mut hash);
    }
    let digest: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    println!("cargo::rustc-env=TINYNET_SOURCES={digest}");
}

fn add_folder(folder: &Path, hash: &mut Hash) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            add_folder(&path, hash);
        } else {
            add(path.to_string_lossy().as_bytes(), hash);
            add(&std::fs::read(&path).unwrap_or_default(), hash);
        }
    }
}

/// With the length, so that no bytes are taken for those of what follows.
fn add(bytes: &[u8], hash: &mut Hash) {
    hash.update((bytes.len() as u64).to_le_bytes());
    hash.update(bytes);
}
