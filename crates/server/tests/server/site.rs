//! The page's files.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use http::StatusCode;
use server::Site;

use crate::html::paths;
use crate::support::{Server, fixture_bytes};

const FOR_EVER: &str = "max-age=31536000, immutable";

fn expected_kind(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("js") => "text/javascript",
        Some("wasm") => "application/wasm",
        Some("css") => "text/css",
        Some("svg") => "image/svg+xml",
        _ => "text/html",
    }
}

#[tokio::test]
async fn every_url_of_every_page_is_served_with_its_type_and_cached_by_its_hash() {
    let server = Server::start(&[]).await;
    let mut files = 0;
    for page in ["/", "/?room=metrics", "/team-7", "/no/such/page"] {
        let page = server.get(page).await;
        for path in paths(page.text()) {
            // The socket, and links to rooms and pages, are no files.
            if path == "/ws" {
                continue;
            }
            // A fragment makes it another module for the browser, and is never sent.
            let path = path.split('#').next().unwrap_or_default();
            let answer = server.get(path).await;
            if answer.status == StatusCode::SEE_OTHER || answer.header("content-type").starts_with("text/html") {
                assert!(!path.contains('.'), "{path} is a file, but a page came");
                continue;
            }
            files += 1;
            assert_eq!(answer.status, StatusCode::OK, "{path}");
            assert_eq!(answer.header("content-type"), expected_kind(path), "{path}");
            assert_eq!(answer.header("cache-control"), FOR_EVER, "{path}");
        }
    }
    assert!(
        files >= 8,
        "style and icon of four pages, script and program of one: {files}"
    );
}

#[tokio::test]
async fn a_file_under_its_own_name_is_asked_for_again_each_time() {
    let server = Server::start(&[]).await;
    for path in ["/pkg/parlour.js", "/favicon.svg", "/robots.txt"] {
        let answer = server.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert_eq!(answer.header("cache-control"), "no-cache", "{path}");
        assert_eq!(answer.body, fixture_bytes(path), "{path}");
    }
}

#[tokio::test]
async fn files_come_in_the_best_encoding_that_the_browser_reads() {
    let server = Server::start(&[]).await;
    let path = "/pkg/parlour.2222222222222222.wasm";
    let file = fixture_bytes("/pkg/parlour.wasm");
    let get = async |encodings| server.get_with(path, &[("accept-encoding", encodings)]).await;

    let brotli = get("gzip, deflate, br, zstd").await;
    assert_eq!(brotli.header("content-encoding"), "br");
    assert_eq!(brotli.header("content-type"), "application/wasm");
    let mut bytes = Vec::new();
    brotli::Decompressor::new(&brotli.body[..], 4096)
        .read_to_end(&mut bytes)
        .unwrap();
    assert_eq!(bytes, file);

    let gzip = get("gzip").await;
    assert_eq!(gzip.header("content-encoding"), "gzip");
    assert_eq!(gzip.header("vary"), "accept-encoding");
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(&gzip.body[..])
        .read_to_end(&mut bytes)
        .unwrap();
    assert_eq!(bytes, file);

    let plain = get("br;q=0, gzip;q=0").await;
    assert!(!plain.headers.contains_key("content-encoding"));
    assert_eq!(plain.body, file);
}

#[tokio::test]
async fn a_file_that_the_browser_has_is_not_sent_again() {
    let server = Server::start(&[]).await;
    for path in ["/pkg/parlour.css", "/pkg/parlour.3333333333333333.css"] {
        let etag = server.get(path).await.header("etag").to_owned();
        let again = server.get_with(path, &[("if-none-match", &etag)]).await;
        assert_eq!(again.status, StatusCode::NOT_MODIFIED, "{path}");
        assert!(again.body.is_empty(), "{path}");
        let other = server.get_with(path, &[("if-none-match", "\"another\"")]).await;
        assert_eq!(other.status, StatusCode::OK, "{path}");
    }
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

#[tokio::test]
async fn in_the_development_loop_the_folder_is_served_as_it_is_now() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "pkg/dev.js", "old");
    write(folder.path(), "pkg/dev.css", "p {}");
    write(folder.path(), "favicon.svg", "<svg/>");
    let site = Site::in_folder(folder.path(), "dev").unwrap();
    let server = Server::start_with(&[], site).await;

    assert_eq!(
        server.get("/team-7").await.status,
        StatusCode::SERVICE_UNAVAILABLE,
        "the program is not built yet"
    );
    write(folder.path(), "pkg/dev.wasm", "wasm");
    let page = server.get("/team-7").await;
    assert_eq!(page.status, StatusCode::OK);
    for path in ["/pkg/dev.js", "/pkg/dev.wasm", "/pkg/dev.css", "/favicon.svg"] {
        assert!(page.text().contains(path), "{path} is missing");
        let file = server.get(path).await;
        assert_eq!(file.status, StatusCode::OK, "{path}");
        assert_eq!(file.header("content-type"), expected_kind(path), "{path}");
        assert_eq!(file.header("cache-control"), "no-cache", "{path}");
    }
    write(folder.path(), "pkg/dev.js", "new");
    assert_eq!(server.get("/pkg/dev.js").await.text(), "new");
    write(folder.path(), "pkg/dev_bg.wasm", "wasm");
    assert!(
        server.get("/team-7").await.text().contains("/pkg/dev_bg.wasm"),
        "as wasm-bindgen names it"
    );
    assert_eq!(
        server.get("/pkg/..%2f..%2fetc/passwd").await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(server.get("/pkg").await.status, StatusCode::NOT_FOUND);
}

#[test]
fn a_folder_that_is_missing_is_named_in_one_sentence() {
    let problem = Site::in_folder(Path::new("/no/such/folder"), "parlour").expect_err("it is missing");
    assert!(
        problem
            .to_string()
            .starts_with("the site's folder /no/such/folder cannot be read")
    );
}
