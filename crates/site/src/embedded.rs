//! The files that the build put into the binary.

use data_encoding::HEXLOWER;
use memory_serve::{Asset, MemoryServe};
use sha2::{Digest as _, Sha256};

/// A file of the site, as `build.rs` writes it down.
struct File {
    /// Path below the site's folder, with a slash in front.
    route: &'static str,
    /// What is sent to a browser that reads brotli when `brotli` is set, else the file itself.
    bytes: &'static [u8],
    brotli: bool,
}

const FILES: &[File] = &include!(concat!(env!("OUT_DIR"), "/site.rs"));

/// Types that gzip makes smaller, for a site that was not compressed when it was built.
const COMPRESSIBLE: [&str; 5] = [
    "application/wasm",
    "image/svg+xml",
    "text/css",
    "text/javascript",
    "text/plain",
];

/// All of them. What is compressed, is what the build compressed: at each start it would take seconds. gzip, which does not,
/// is left out of debug builds only, where it does.
pub(super) fn files() -> MemoryServe {
    let assets: Vec<Asset> = FILES.iter().map(File::asset).collect();
    MemoryServe::new(assets.leak())
        .enable_brotli(FILES.iter().any(|file| file.brotli))
        .enable_gzip(!cfg!(debug_assertions))
}

impl File {
    fn asset(&self) -> Asset {
        let content_type = mime_guess::from_path(self.route)
            .first_raw()
            .unwrap_or("application/octet-stream");
        Asset {
            route: self.route,
            path: "",
            etag: HEXLOWER.encode(&Sha256::digest(self.bytes)).leak(),
            content_type,
            bytes: Some(self.bytes),
            is_compressed: self.brotli,
            should_compress: self.brotli || COMPRESSIBLE.contains(&content_type),
        }
    }
}
