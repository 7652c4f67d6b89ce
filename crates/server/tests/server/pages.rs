//! What people get when they open a path.

use http::StatusCode;
use protocol::RoomId;

use crate::html::tags;
use crate::support::Server;

#[tokio::test]
async fn the_home_page_has_a_form_and_a_new_room_and_no_program() {
    let server = Server::start(&[]).await;
    let home = server.get("/").await;
    assert_eq!(home.status, StatusCode::OK);
    assert!(home.header("content-type").starts_with("text/html"));
    let tags = tags(home.text());
    assert!(
        tags.iter().all(|tag| tag.name != "script"),
        "no script on the home page"
    );
    assert!(!home.text().contains("wasm"), "no wasm on the home page");
    assert!(
        tags.iter()
            .any(|tag| tag.name == "input" && tag.get("name") == Some("room"))
    );
    let leads_to_new = |tag: &crate::html::Tag| [tag.get("href"), tag.get("action")].contains(&Some("/new"));
    assert!(tags.iter().any(leads_to_new), "a way to a new room");
}

#[tokio::test]
async fn a_room_page_is_painted_by_the_server_and_starts_the_program() {
    let server = Server::start(&[]).await;
    let room = server.get("/team-7?name=Ada").await;
    assert_eq!(room.status, StatusCode::OK);
    assert!(room.text().contains("Join"), "the lobby is there before the program is");
    let preload = |rel: &str, part: &str| {
        let tags = tags(room.text());
        tags.into_iter()
            .any(|tag| tag.name == "link" && tag.get("rel") == Some(rel) && tag.get("href").unwrap().contains(part))
    };
    assert!(preload("modulepreload", "/pkg/parlour.1111111111111111.js"));
    assert!(preload("preload", "/pkg/parlour.2222222222222222.wasm"));
    assert!(preload("stylesheet", "/pkg/parlour.3333333333333333.css"));
}

#[tokio::test]
async fn what_only_a_call_needs_is_named_by_every_room_page_and_preloaded_by_one_that_joins_at_once() {
    let server = Server::start(&[]).await;
    for (path, at_once) in [("/team-7", false), ("/team-7?autojoin", true)] {
        let headers = [("sec-fetch-site", "none"), ("sec-fetch-dest", "document")];
        let room = server.get_with(path, &headers).await;
        let part = "/pkg/parlour_call.6666666666666666.wasm";
        assert!(room.text().contains(&format!(r#"="{part}""#)), "{path}");
        let is_preloaded = tags(room.text())
            .into_iter()
            .any(|tag| tag.get("rel") == Some("preload") && tag.get("href") == Some(part));
        assert_eq!(is_preloaded, at_once, "{path}");
        assert_eq!(server.get(part).await.header("content-type"), "application/wasm");
    }
}

#[tokio::test]
async fn a_link_skips_the_lobby_only_where_it_was_typed_or_comes_from_here_or_is_framed() {
    let server = Server::start(&["--frame-ancestor", "https://a.example"]).await;
    let from = async |path: &str, site: &str, dest: &str| {
        let headers = [("sec-fetch-site", site), ("sec-fetch-dest", dest)];
        let page = server.get_with(path, &headers).await;
        assert!(page.header("vary").contains("sec-fetch-site"), "{path}");
        let root = tags(page.text()).into_iter().find(|tag| tag.get("id") == Some("app"));
        let skips = root.expect("an element of its own").get("data-autojoin").is_some();
        // The page is drawn as its mark says.
        assert_eq!(page.text().contains(">Join<"), !skips, "{path}");
        assert_eq!(page.text().contains("title=\"Leave\""), skips, "{path}");
        skips
    };
    for (site, dest, skips) in [
        ("none", "document", true),
        ("same-origin", "document", true),
        ("cross-site", "iframe", true),
        ("cross-site", "document", false),
        ("same-site", "document", false),
    ] {
        assert_eq!(from("/team-7?autojoin", site, dest).await, skips, "{site} {dest}");
        for path in ["/team-7", "/team-7?autojoin=false", "/team-7?autojoin=0&autojoin"] {
            assert!(!from(path, site, dest).await, "{path}");
        }
    }
    let silent = server.get("/team-7?autojoin").await;
    assert!(
        silent.text().contains(">Join<"),
        "who does not say where they come from reads the lobby"
    );
}

#[tokio::test]
async fn a_room_is_drawn_with_the_devices_that_its_link_says() {
    let server = Server::start(&[]).await;
    let pressed = async |path: &str| {
        let page = server.get(path).await;
        let tags = tags(page.text());
        ["microphone", "camera"].map(|early| {
            let toggle = tags.iter().find(|tag| tag.get("data-early") == Some(early));
            toggle.expect("a toggle").get("aria-pressed") == Some("true")
        })
    };
    assert_eq!(pressed("/team-7").await, [true, true]);
    assert_eq!(pressed("/team-7?mic=0&camera=TRUE").await, [false, true]);
    assert_eq!(pressed("/team-7?mic=on&camera-off").await, [true, false]);
}

#[tokio::test]
async fn a_page_whose_script_is_blocked_has_a_sentence_and_a_form_that_leads_nowhere() {
    let server = Server::start(&[]).await;
    let page = server.get("/team-7").await;
    let tags = tags(page.text());
    let sentence = tags
        .iter()
        .find(|tag| tag.get("id") == Some("boot-blocked"))
        .expect("a sentence");
    assert_eq!(sentence.get("hidden"), None, "no script is needed to show it");
    assert!(page.text().contains("blocks this page"));
    let form = tags.iter().find(|tag| tag.name == "form").expect("a form");
    assert_eq!(form.get("method"), Some("dialog"));
    for path in ["/", "/a/b"] {
        assert!(
            !server.get(path).await.text().contains("boot-blocked"),
            "{path} needs no script"
        );
    }
}

#[tokio::test]
async fn a_typed_room_name_leads_to_its_room() {
    let server = Server::start(&[]).await;
    let answer = server.get("/?room=+Monday++Stand+Up").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.header("location"), "/monday-stand-up");
}

#[tokio::test]
async fn a_typed_name_that_is_none_is_shown_again_with_a_sentence() {
    let server = Server::start(&[]).await;
    for (query, sentence) in [
        ("", "at least one character"),
        ("%2E%2E%2Fetc%2Fpasswd", "Use only those"),
        ("caf%C3%A9", "Use only those"),
        ("metrics", "Choose another one"),
        ("%FF%FE", "Use only those"),
        (&"x".repeat(65), "Use a shorter one"),
        (&"x".repeat(20_000), "Use a shorter one"),
    ] {
        let answer = server.get(&format!("/?room={query}")).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
        assert!(answer.text().contains(sentence), "{query}: {}", answer.text());
        assert!(
            answer.body.len() < 40_000,
            "what was typed is not repeated without bound"
        );
    }
    let typed = server.get("/?room=%22%3E%3Cscript%3Ealert(1)%3C/script%3E").await;
    assert!(
        tags(typed.text()).iter().all(|tag| tag.name != "script"),
        "what was typed stays text"
    );
    let input = tags(typed.text())
        .into_iter()
        .find(|tag| tag.get("name") == Some("room"));
    let value = input
        .as_ref()
        .and_then(|tag| tag.get("value"))
        .expect("what was typed stands in the field");
    assert!(value.contains("alert(1)"), "{value}");
}

#[tokio::test]
async fn a_form_sent_with_two_rooms_is_refused_on_the_home_page() {
    let server = Server::start(&[]).await;
    let answer = server.get("/?room=a&room=b").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.text().contains("This link is damaged"));
}

#[tokio::test]
async fn a_new_room_is_another_one_each_time() {
    let server = Server::start(&[]).await;
    let mut rooms = Vec::new();
    for _ in 0..3 {
        let answer = server.get("/new?name=Ada").await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        assert_eq!(answer.header("cache-control"), "no-store");
        let location = answer.header("location").to_owned();
        let room = location
            .strip_prefix('/')
            .and_then(|rest| rest.strip_suffix("?name=Ada"));
        let room = room.expect("the query goes along");
        assert_eq!(room.len(), 36, "a UUID");
        assert!(room.parse::<RoomId>().is_ok());
        assert!(!rooms.contains(&location));
        assert_eq!(server.get(&location).await.status, StatusCode::OK);
        rooms.push(location);
    }
}

#[tokio::test]
async fn a_slash_at_the_end_of_a_room_is_dropped_and_the_query_kept() {
    let server = Server::start(&[]).await;
    let answer = server.get("/team-7/?name=Ada&mic=off").await;
    assert_eq!(answer.status, StatusCode::PERMANENT_REDIRECT);
    assert_eq!(answer.header("location"), "/team-7?name=Ada&mic=off");
    let answer = server.get("/team-7/").await;
    assert_eq!(answer.header("location"), "/team-7");
}

#[tokio::test]
async fn whatever_is_no_page_is_the_not_found_page() {
    let server = Server::start(&[]).await;
    let long = format!("/{}", "x".repeat(65));
    for path in [
        "/a/b",
        "/caf%C3%A9",
        "/caf%C3%A9/",
        "/%FF",
        "/%FF/",
        "/..%2F..%2Fetc%2Fpasswd",
        "/pkg",
        "/pkg/missing.js",
        "/pkg/..%2f..%2fCargo.toml",
        "/favicon.ico",
        "/a%20b",
        "//",
        "//evil.example/",
        "/a//",
        "/%00",
        &long,
    ] {
        let answer = server.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(answer.header("content-type").starts_with("text/html"), "{path}");
        assert!(tags(answer.text()).iter().all(|tag| tag.name != "script"), "{path}");
    }
}

#[tokio::test]
async fn pages_are_asked_for_again_each_time() {
    let server = Server::start(&[]).await;
    for path in ["/", "/team-7", "/a/b"] {
        assert_eq!(
            server.get(path).await.header("cache-control"),
            "private, no-cache",
            "{path}"
        );
    }
}

#[tokio::test]
async fn pages_are_compressed_for_those_who_can_read_it() {
    use std::io::Read as _;
    let server = Server::start(&[]).await;
    let plain = server.get("/team-7").await;
    assert!(!plain.headers.contains_key("content-encoding"));
    let zipped = server
        .get_with("/team-7", &[("accept-encoding", "gzip, deflate, br")])
        .await;
    assert_eq!(zipped.header("content-encoding"), "gzip");
    assert!(zipped.body.len() < plain.body.len());
    let mut text = String::new();
    flate2::read::GzDecoder::new(&zipped.body[..])
        .read_to_string(&mut text)
        .unwrap();
    assert!(text.contains("</html>"));
}

#[tokio::test]
async fn a_program_built_without_its_site_says_so_on_room_pages() {
    let server = Server::start_with(&[], server::Site::from_assets(&[])).await;
    let room = server.get("/team-7").await;
    assert_eq!(room.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(room.text().contains("built without its site"));
    assert!(room.text().contains("make run"), "it says what to do");
    assert_eq!(server.get("/").await.status, StatusCode::OK);
    assert_eq!(server.get("/healthz").await.status, StatusCode::OK);
}
