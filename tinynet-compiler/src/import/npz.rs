//! Numpy's `.npz`: a zip archive of `.npy` files, stored (`savez`) or deflated (`savez_compressed`).

use super::npy::Header;
use super::{Archive, Array, Budget, ImportError, quoted};
use miniz_oxide::inflate::{TINFLStatus, decompress_slice_iter_to_slice};
use rawzip::{CompressionMethod, ZipArchive, ZipFileHeaderRecord, ZipSliceArchive, ZipVerification, crc32};
use std::borrow::Cow;
use std::iter;

/// DEFLATE spends at least two bits on 258 bytes, which is 1032 to 1; what claims more is a lie.
const BEST_COMPRESSION: u64 = 1032;

/// Bytes that are unpacked to see the header of an array before memory for the whole of it is asked for: more than
/// any header of version 1.0.
const PREVIEW: usize = 1 << 17;

/// Reads every array of an archive.
///
/// # Errors
///
/// Anything that is not an intact archive of `.npy` files that [`npy::read`](super::npy::read) can read.
pub fn read(bytes: &[u8]) -> Result<Archive, ImportError> {
    let zip = ZipArchive::from_slice(bytes).map_err(|error| damaged(bytes, &error))?;
    let headers = headers(&zip).map_err(|error| damaged(bytes, &error))?;
    if headers.len() as u64 != zip.entries_hint() {
        let message = format!("{} of {} entries are there", headers.len(), zip.entries_hint());
        return Err(ImportError::new(message).help(SAVE_AGAIN));
    }
    let mut reader = Reader { zip: &zip, budget: Budget::default() };
    reader.check_overlap(&headers)?;
    let mut archive = Archive::default();
    for header in headers.iter().filter(|header| !header.is_dir()) {
        let file = String::from_utf8_lossy(header.file_path().as_bytes()).into_owned();
        let array =
            reader.entry(&file, header).map_err(|error| error.within(format!("entry {}", quoted(&file))))?;
        archive.entries.push((file.strip_suffix(".npy").unwrap_or(&file).to_owned(), array));
    }
    archive.check_names()?;
    Ok(archive)
}

/// The rows of the archive's table of contents.
fn headers<'a>(zip: &'a ZipSliceArchive<&[u8]>) -> Result<Vec<ZipFileHeaderRecord<'a>>, rawzip::Error> {
    let mut headers = Vec::new();
    let mut entries = zip.entries();
    while let Some(header) = entries.next_entry()? {
        headers.push(header);
    }
    Ok(headers)
}

const SAVE_AGAIN: &str = "save or copy it again";

fn damaged(bytes: &[u8], error: &rawzip::Error) -> ImportError {
    if bytes.starts_with(b"\x93NUMPY") {
        return ImportError::new("this is a single array, not an archive")
            .help("call it `.npy`, or write it with numpy.savez(file, name=array)");
    }
    broken(error)
}

fn broken(error: &rawzip::Error) -> ImportError {
    ImportError::new(format!("not an intact zip archive: {error}"))
        .help("save or copy it again; numpy.savez writes such archives")
}

struct Reader<'a> {
    zip: &'a ZipSliceArchive<&'a [u8]>,
    budget: Budget,
}

impl Reader<'_> {
    /// Reads one entry.
    fn entry(&mut self, name: &str, header: &ZipFileHeaderRecord<'_>) -> Result<Array, ImportError> {
        if !name.ends_with(".npy") {
            return Err(
                ImportError::new("this is not a `.npy` array").help("write the archive with numpy.savez")
            );
        }
        if header.flags().is_encrypted() {
            return Err(
                ImportError::new("the entry is encrypted").help("save the archive without a password")
            );
        }
        let entry = self.zip.get_entry(header.wayfinder()).map_err(|error| broken(&error))?;
        let verification = entry.claim_verifier();
        let data =
            self.unpacked(entry.data(), header.compression_method(), verification.uncompressed_size)?;
        let found = ZipVerification { crc: crc32(&data), uncompressed_size: data.len() as u64 };
        verification.valid(found).map_err(|error| broken(&error))?;
        Header::read(&data)?.array(&data, &mut self.budget)
    }

    /// The bytes of an entry as they were before they were packed; as many as `length` says, or as there are.
    fn unpacked<'d>(
        &mut self,
        data: &'d [u8],
        method: CompressionMethod,
        length: u64,
    ) -> Result<Cow<'d, [u8]>, ImportError> {
        match method {
            CompressionMethod::STORE => Ok(data.into()),
            CompressionMethod::DEFLATE => self.inflated(data, length).map(Cow::from),
            other => Err(ImportError::new(format!("compression method {other} cannot be read"))
                .help("write the archive with numpy.savez or numpy.savez_compressed")),
        }
    }

    /// Undoes DEFLATE. The memory asked for is bounded by what `data` can unfold to, by the budget, and by the
    /// header of the array in it.
    fn inflated(&mut self, data: &[u8], length: u64) -> Result<Vec<u8>, ImportError> {
        let lie =
            || ImportError::new(format!("{} bytes cannot unfold to {length}", data.len())).help(SAVE_AGAIN);
        let length = usize::try_from(length).map_err(|_| lie())?;
        if length as u64 > (data.len() as u64).saturating_mul(BEST_COMPRESSION) {
            return Err(lie());
        }
        self.budget.take(length)?;
        if length > PREVIEW {
            let promised = Header::read(&inflate(data, PREVIEW)?)?.file_length();
            if promised != length {
                return Err(ImportError::new(format!(
                    "the array takes {promised} bytes, but the archive says {length}"
                ))
                .help(SAVE_AGAIN));
            }
        }
        inflate(data, length)
    }

    /// Entries that share data make small files unfold to a lot of work.
    fn check_overlap(&self, headers: &[ZipFileHeaderRecord<'_>]) -> Result<(), ImportError> {
        let range = |header: &ZipFileHeaderRecord<'_>| {
            self.zip.get_entry(header.wayfinder()).map(|entry| entry.compressed_data_range())
        };
        let ranges: Result<Vec<_>, _> = headers.iter().map(range).collect();
        let mut ranges = ranges.map_err(|error| broken(&error))?;
        ranges.sort_unstable();
        if ranges.windows(2).any(|pair| pair[0].1 > pair[1].0) {
            return Err(ImportError::new("entries overlap in the file").help(SAVE_AGAIN));
        }
        Ok(())
    }
}

/// The first `length` bytes that DEFLATE made `data` from, or all of them where they are fewer.
fn inflate(data: &[u8], length: usize) -> Result<Vec<u8>, ImportError> {
    let mut bytes = vec![0; length];
    match decompress_slice_iter_to_slice(&mut bytes, iter::once(data), false, false) {
        Ok(count) => bytes.truncate(count),
        Err(TINFLStatus::HasMoreOutput) => {}
        Err(_) => return Err(ImportError::new("the compressed data are damaged").help(SAVE_AGAIN)),
    }
    Ok(bytes)
}
