//! The page's files: inside the binary, or in a folder while developing. Sentences are for the operator of the program `parlour`.

mod embedded;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use app::Assets;
use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use http::header::{CACHE_CONTROL, HeaderValue};
use http::{Method, StatusCode};
use memory_serve::{Asset, CacheControl, Manifest, MemoryServe};
use tower::ServiceExt as _;
use tower_http::services::ServeDir;

/// Name of the script, wasm and style files in `/pkg` (`output-name` in Cargo.toml).
const OUTPUT_NAME: &str = "parlour";

/// The icon, as it stands in `public/`.
const ICON: &str = "/favicon.svg";

/// The site's folder cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the site's folder {folder} cannot be read: {source}.")]
pub struct Error {
    /// Which folder.
    pub folder: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

/// Where the page's files come from.
#[derive(Clone, Debug)]
pub struct Site {
    files: Router,
    source: Source,
}

#[derive(Clone, Debug)]
enum Source {
    /// The URLs are known at start.
    Embedded { assets: Assets, complete: bool },
    /// The folder changes while the server runs, so it is looked at for each page.
    Folder { root: PathBuf, name: String },
}

impl Site {
    /// The site that was built into this binary.
    #[must_use]
    pub fn embedded() -> Self {
        Self::from_memory(embedded::files())
    }

    /// A site of the given files, with `/pkg/parlour.js` and its companions among them.
    #[must_use]
    pub fn from_assets(assets: &'static [Asset]) -> Self {
        Self::from_memory(MemoryServe::new(assets).enable_brotli(true).enable_gzip(true))
    }

    /// Files under a name that holds their hash never change; under their own name browsers ask again each time.
    fn from_memory(memory: MemoryServe) -> Self {
        let memory = memory
            .index_file(None)
            .enable_hashed_routes(true)
            .cache_control(CacheControl::NoCache)
            .html_cache_control(CacheControl::NoCache);
        let manifest = memory.manifest();
        let has = |route: &str| manifest.get(route).is_some();
        let names = Names::new(OUTPUT_NAME, has);
        let complete = [&names.js, &names.wasm, &names.css].into_iter().all(|route| has(route));
        Self {
            source: Source::Embedded {
                complete,
                assets: names.into_assets(|route| served_as(&manifest, route)),
            },
            files: memory.into_router(),
        }
    }

    /// A folder as `cargo leptos` fills it.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn in_folder(root: &Path, output_name: &str) -> Result<Self, Error> {
        fs::read_dir(root).map_err(|source| Error {
            folder: root.to_owned(),
            source,
        })?;
        let files = ServeDir::new(root).append_index_html_on_directories(false);
        Ok(Self {
            files: Router::new().fallback_service(files),
            source: Source::Folder {
                root: root.to_owned(),
                name: output_name.to_owned(),
            },
        })
    }

    /// The URLs of what pages need.
    #[must_use]
    pub fn assets(&self) -> Assets {
        match &self.source {
            Source::Embedded { assets, .. } => assets.clone(),
            Source::Folder { root, name } => Names::new(name, |route| is_file(root, route)).into_assets(str::to_owned),
        }
    }

    /// Whether a room page has everything that it needs.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        match &self.source {
            Source::Embedded { complete, .. } => *complete,
            Source::Folder { root, name } => {
                let names = Names::new(name, |route| is_file(root, route));
                [names.js, names.wasm].iter().all(|route| is_file(root, route))
            }
        }
    }

    /// The file that a request asks for, if there is one.
    pub async fn file(&self, request: Request) -> Option<Response> {
        if ![Method::GET, Method::HEAD].contains(request.method()) {
            return None;
        }
        let Ok(mut response) = self.files.clone().oneshot(request).await;
        if matches!(
            response.status(),
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED
        ) {
            return None;
        }
        if matches!(self.source, Source::Folder { .. }) {
            let value = HeaderValue::from_static("no-cache");
            response.headers_mut().insert(CACHE_CONTROL, value);
        }
        Some(response)
    }
}

/// The files' own names.
struct Names {
    css: String,
    js: String,
    wasm: String,
    /// Made by `scripts/build-site.sh` alone.
    call: Option<String>,
}

impl Names {
    /// `wasm-bindgen` writes `NAME_bg.wasm`; `cargo leptos` renames it to `NAME.wasm`.
    fn new(name: &str, has: impl Fn(&str) -> bool) -> Self {
        let from_bindgen = format!("/pkg/{name}_bg.wasm");
        let call = format!("/pkg/{name}_call.wasm");
        Self {
            call: has(&call).then_some(call),
            css: format!("/pkg/{name}.css"),
            js: format!("/pkg/{name}.js"),
            wasm: if has(&from_bindgen) {
                from_bindgen
            } else {
                format!("/pkg/{name}.wasm")
            },
        }
    }

    fn into_assets(self, url: impl Fn(&str) -> String) -> Assets {
        Assets {
            css: url(&self.css),
            js: url(&self.js),
            wasm: url(&self.wasm),
            call: self.call.as_deref().map(&url),
            icon: url(ICON),
        }
    }
}

/// The hashed URL of a file, or its plain one while it is missing.
fn served_as(manifest: &Manifest, route: &str) -> String {
    manifest.get(route).unwrap_or(route).to_owned()
}

fn is_file(root: &Path, route: &str) -> bool {
    root.join(route.trim_start_matches('/')).is_file()
}
