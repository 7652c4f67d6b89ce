//! Every page, and every face of the room page, as the server would render it.

use call::channel::Ended;
use call::{Cause, Reach, Whose};
use leptos::prelude::*;
use protocol::{Media, PeerId, PeerInfo, RoomId};

use crate::browser::Actions;
use crate::pages::Faces;
use crate::state::{Notice, PeerTile, Phase, RoomState, SocketState, Tone};
use crate::{Assets, HomeProblem, LinkOptions, Page, Shell};

fn in_owner(render: impl FnOnce() -> String) -> String {
    Owner::new().with(render)
}

fn page(path: &str, problem: Option<HomeProblem>) -> String {
    let assets = Assets {
        css: "/p.css".into(),
        js: "/p.js".into(),
        wasm: "/p.wasm".into(),
        call: None,
        icon: "/i.svg".into(),
    };
    let page = Page::from_path(path);
    in_owner(move || {
        view! { <Shell page=page problem=problem assets=assets nonce="n0nce".into() reload_port=None /> }.to_html()
    })
}

fn room() -> RoomId {
    "team".parse().expect("a room name")
}

/// The room page in a phase, with so many others.
fn face(phase: Phase, others: u8) -> String {
    in_owner(move || {
        let state = RoomState::new(room(), LinkOptions::default());
        state.phase.set(phase);
        state.peers.set((0..others).map(somebody).collect());
        state.socket.set(SocketState::Reconnecting);
        state.notice.set(Some(Notice {
            tone: Tone::Problem,
            text: "Something is <wrong>.".into(),
            device: None,
        }));
        faces(state)
    })
}

fn faces(state: RoomState) -> String {
    let _ = Actions::provide();
    view! { <Faces state=state autojoin=false /> }.to_html()
}

fn somebody(number: u8) -> PeerTile {
    let name = ["Person \"", &number.to_string(), "\""].concat();
    let info = PeerInfo {
        id: PeerId::from_random_bytes([number; 16]),
        order: number.into(),
        name: name.parse().expect("a name"),
        media: Media::default(),
    };
    let tile = PeerTile::new(number.into(), &info);
    tile.reach.set(Reach::Unreachable(Cause::NoPath));
    tile.channel.set(Some(Ended::NoHello));
    tile
}

fn everything() -> Vec<String> {
    let wrong = HomeProblem {
        typed: "\"><b>".into(),
        sentence: "Use another name.".into(),
    };
    let mut all = vec![
        page("/", None),
        page("/", Some(wrong)),
        page("/team", None),
        page("/a/b", None),
    ];
    for phase in [Phase::Lobby, Phase::Joining, Phase::Call, Phase::Left] {
        all.push(face(phase, 3));
    }
    all
}

#[test]
fn no_page_has_an_inline_style_or_handler() {
    for html in everything() {
        for forbidden in [" style=", "<style", " onclick=", " onload=", "javascript:"] {
            assert!(!html.contains(forbidden), "{forbidden} in {html}");
        }
    }
}

#[test]
fn only_a_room_page_loads_a_script_and_every_script_has_the_nonce() {
    for path in ["/", "/a/b"] {
        let html = page(path, None);
        assert!(!html.contains("<script") && !html.contains(".wasm"), "{html}");
    }
    let html = page("/team", None);
    assert!(html.contains("modulepreload") && html.contains("/p.wasm"), "{html}");
    assert_eq!(
        html.matches("<script").count(),
        html.matches("<script nonce=\"n0nce\">").count(),
        "{html}"
    );
}

#[test]
fn what_people_typed_is_escaped() {
    let html = page(
        "/",
        Some(HomeProblem {
            typed: "\"><b>".into(),
            sentence: "<i>".into(),
        }),
    );
    assert!(!html.contains("<b>") && !html.contains("<i>"), "{html}");
    let html = face(Phase::Call, 1);
    assert!(
        html.contains("aria-label=\"Person &quot;0&quot;\"") && !html.contains("<wrong>"),
        "{html}"
    );
}

#[test]
fn a_call_shows_a_tile_for_each_person_and_oneself() {
    for others in [0, 1, 8, 20] {
        let html = face(Phase::Call, others);
        assert_eq!(html.matches("data-peer=").count(), usize::from(others), "{html}");
        assert_eq!(html.matches("data-preview").count(), 1, "{html}");
    }
}

#[test]
fn the_controls_have_the_names_that_people_and_tests_look_for() {
    let lobby = face(Phase::Lobby, 0);
    for name in [
        "Your name",
        ">Join<",
        "aria-label=\"Microphone\"",
        "aria-label=\"Camera\"",
    ] {
        assert!(lobby.contains(name), "{name} in {lobby}");
    }
    let call = face(Phase::Call, 0);
    for name in [
        "Microphone",
        "Camera",
        "Share screen",
        "Raise hand",
        "Reactions",
        "Copy link",
        "More",
        "Leave",
    ] {
        let label = ["aria-label=\"", name, "\" title="].concat();
        assert_eq!(call.matches(&label).count(), 1, "{name} in {call}");
    }
    assert!(call.contains("Enable sound"), "{call}");
    let left = face(Phase::Left, 0);
    assert!(left.contains(">You left<") && left.contains(">Rejoin<"), "{left}");
}

#[test]
fn whatever_can_be_clicked_before_the_program_runs_is_kept_for_it() {
    for phase in [Phase::Lobby, Phase::Call] {
        let html = face(phase, 0);
        // Panels open only by a button, and the button waits for the program.
        let html = html.split("class=\"popover\"").next().expect("a page");
        // Nothing else to click or to fill in than links, buttons, the name, and choices that are not there yet.
        assert_eq!(
            html.matches("<input").count(),
            html.matches("id=\"name\"").count(),
            "{html}"
        );
        let mut buttons = 0;
        for button in html.split("<button").skip(1) {
            let tag = button.split('>').next().expect("a tag");
            // The boot script keeps the form's submit, how a toggle is set, and the titles of the other buttons.
            let is_submit = !tag.contains("type=");
            let title = tag.split("title=\"").nth(1).and_then(|title| title.split('"').next());
            let is_kept = title.is_some_and(|title| html.matches(&["title=\"", title, "\""].concat()).count() == 1);
            assert!(
                is_submit || is_kept || tag.contains(" hidden") || tag.contains("\"dismiss\""),
                "{tag}"
            );
            assert!(!tag.contains("data-early") || tag.contains("aria-pressed"), "{tag}");
            buttons += 1;
        }
        assert!(buttons >= 3, "{html}");
        for choice in html.split("<label class=\"device\"").skip(1) {
            assert!(
                choice.split('>').next().is_some_and(|tag| tag.contains("hidden")),
                "{choice}"
            );
        }
    }
}

#[test]
fn what_the_program_brings_to_life_is_an_element_of_its_own() {
    for path in ["/team", "/", "/a/b"] {
        let html = page(path, None);
        let (before, after) = html.split_once("<div id=\"app\"").expect("the element");
        assert!(before.ends_with("<body>"), "{html}");
        assert!(!after.split('>').next().expect("a tag").contains("autojoin"), "{html}");
    }
}

#[test]
fn a_panel_that_is_closed_has_nothing_in_it() {
    let html = face(Phase::Call, 3);
    let panel = html.split("id=\"connections\"").nth(1).expect("a panel");
    assert!(
        panel.contains("popover=\"auto\"") && html.contains("aria-expanded=\"false\""),
        "{html}"
    );
    assert!(
        panel.contains("<table") && !panel.contains("scope=") && !panel.contains("data-way="),
        "{html}"
    );
}

#[test]
fn the_document_says_its_language() {
    for path in ["/team", "/", "/a/b"] {
        assert!(page(path, None).contains("<html lang=\"en\">"), "{path}");
    }
}

#[test]
fn where_messages_are_off_the_tile_says_why() {
    let html = face(Phase::Call, 1);
    let why = "title=\"Only pictures and sound reach this person: their page does not answer messages.";
    assert!(html.contains(why) && html.contains("Messages are off"), "{html}");
}

#[test]
fn every_cause_is_said_in_words() {
    for cause in [
        Cause::NoPath,
        Cause::PeerAway,
        Cause::Blocked(Whose::Ours),
        Cause::Blocked(Whose::Theirs),
        Cause::RelayUnreachable,
        Cause::RelayFull,
        Cause::RelayRefused(Whose::Ours),
        Cause::RelayRefused(Whose::Theirs),
    ] {
        let html = in_owner(move || {
            let peer = somebody(0);
            peer.reach.set(Reach::Unreachable(cause));
            let state = RoomState::new(room(), LinkOptions::default());
            state.phase.set(Phase::Call);
            state.peers.set(vec![peer]);
            faces(state)
        });
        assert!(
            html.contains("data-reach=\"unreachable\"") && html.contains("Cannot reach them: "),
            "{cause:?} {html}"
        );
    }
}
