//! Security headers and what they promise about the pages.

use crate::html::tags;
use crate::support::{Response, Server};

/// One of each kind of answer.
const PATHS: [&str; 12] = [
    "/",
    "/?room=metrics",
    "/?room=team",
    "/new",
    "/team-7",
    "/team-7/",
    "/no/such/page",
    "/healthz",
    "/version",
    "/metrics",
    "/pkg/parlour.js",
    "/ws",
];

fn nonce(response: &Response) -> String {
    let policy = response.header("content-security-policy");
    let start = policy.find("'nonce-").expect("a nonce") + "'nonce-".len();
    policy[start..].split('\'').next().unwrap().to_owned()
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let server = Server::start(&[]).await;
    for path in PATHS {
        let answer = server.get(path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        let permissions = answer.header("permissions-policy");
        assert!(
            permissions.contains("camera=(self)") && permissions.contains("geolocation=()"),
            "{path}"
        );
        let policy = answer.header("content-security-policy");
        for part in [
            "default-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(
            !policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"),
            "{path}: {policy}"
        );
        for only_https in ["strict-transport-security", "cross-origin-opener-policy"] {
            assert!(!answer.headers.contains_key(only_https), "{path}: {only_https}");
        }
    }
    let not_modified = server.get("/pkg/parlour.js").await;
    let etag = not_modified.header("etag").to_owned();
    let not_modified = server.get_with("/pkg/parlour.js", &[("if-none-match", &etag)]).await;
    assert_eq!(not_modified.status, 304);
    assert_eq!(not_modified.header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn https_is_insisted_on_only_where_the_public_address_has_it() {
    let https = Server::start(&["--public-url", "https://calls.example.org"]).await;
    for path in PATHS {
        let answer = https.get(path).await;
        assert_eq!(answer.header("strict-transport-security"), "max-age=63072000", "{path}");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin", "{path}");
    }
    let http = Server::start(&["--public-url", "http://calls.example.org"]).await;
    assert!(!http.get("/").await.headers.contains_key("strict-transport-security"));
}

#[tokio::test]
async fn each_page_has_a_nonce_of_its_own_on_all_of_its_scripts() {
    let server = Server::start(&[]).await;
    let mut seen = Vec::new();
    for _ in 0..3 {
        let page = server.get("/team-7").await;
        let nonce = nonce(&page);
        assert!(nonce.len() >= 22, "128 bits: {nonce}");
        let tags = tags(page.text());
        let scripts: Vec<_> = tags.iter().filter(|tag| tag.name == "script").collect();
        assert!(!scripts.is_empty(), "a room page starts a program");
        for tag in scripts {
            assert_eq!(tag.get("nonce"), Some(nonce.as_str()), "{tag:?}");
        }
        let module = tags.iter().find(|tag| tag.get("rel") == Some("modulepreload"));
        assert_eq!(module.expect("a preload").get("nonce"), Some(nonce.as_str()));
        assert!(!seen.contains(&nonce), "used once");
        seen.push(nonce);
    }
}

#[tokio::test]
async fn pages_hold_no_inline_style_and_no_inline_handler() {
    let server = Server::start(&[]).await;
    for path in ["/", "/?room=metrics", "/team-7", "/no/such/page"] {
        for tag in tags(server.get(path).await.text()) {
            assert_ne!(tag.name, "style", "{path}");
            for (name, _) in &tag.attributes {
                assert!(name != "style" && !name.starts_with("on"), "{path}: {tag:?}");
            }
        }
    }
}

#[tokio::test]
async fn sockets_to_the_host_that_the_browser_named_are_allowed() {
    let server = Server::start(&[]).await;
    let policy = server.get("/team-7").await;
    let policy = policy.header("content-security-policy");
    assert!(
        policy.contains(&format!("connect-src 'self' ws://{0} wss://{0};", server.address)),
        "{policy}"
    );
}

#[tokio::test]
async fn in_the_development_loop_pages_may_reload_themselves() {
    let server = Server::start(&["--watch", "--reload-port", "3001"]).await;
    let page = server.get("/team-7").await;
    let policy = page.header("content-security-policy");
    assert!(policy.contains("ws://localhost:3001"), "{policy}");
    assert!(page.text().contains("3001"), "the page knows the port");
    let nonce = nonce(&page);
    for tag in tags(page.text()).iter().filter(|tag| tag.name == "script") {
        assert_eq!(tag.get("nonce"), Some(nonce.as_str()), "{tag:?}");
    }
    let usual = Server::start(&[]).await;
    assert!(!usual.get("/team-7").await.text().contains("live_reload"));
}

#[tokio::test]
async fn pages_may_be_framed_by_allowed_websites_that_isolate_themselves() {
    const BOTH: [(&str, &str); 2] = [
        ("cross-origin-embedder-policy", "require-corp"),
        ("cross-origin-resource-policy", "cross-origin"),
    ];
    let framed = Server::start(&["--frame-ancestor", "https://a.example"]).await;
    for path in ["/team-7", "/", "/no/such/page"] {
        let page = framed.get(path).await;
        for (name, value) in BOTH {
            assert_eq!(page.header(name), value, "{path}");
        }
    }
    for path in ["/healthz", "/version", "/pkg/parlour.js", "/new"] {
        let answer = framed.get(path).await;
        for (name, _) in BOTH {
            assert!(!answer.headers.contains_key(name), "{path}: only pages are framed");
        }
    }
    for flags in [&[][..], &["--frame-ancestor", "self"]] {
        let page = Server::start(flags).await.get("/team-7").await;
        for (name, _) in BOTH {
            assert!(!page.headers.contains_key(name), "{flags:?}: {name}");
        }
    }
}

#[tokio::test]
async fn frames_are_allowed_to_those_who_are_named() {
    let server = Server::start(&["--frame-ancestor", "https://a.example"]).await;
    let answer = server.get("/team-7").await;
    assert!(
        answer
            .header("content-security-policy")
            .ends_with("frame-ancestors https://a.example")
    );
}
