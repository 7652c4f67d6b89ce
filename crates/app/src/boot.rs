//! What starts the wasm on a room page: the preloads, the few lines of script that Parlour has, and what is shown when
//! they fail. Everything carries the nonce that the page's content security policy asks for.

use leptos::prelude::*;
use protocol::{ClientMessage, Encoding, Media, RoomId};

use crate::page::name_or_guest;
use crate::shell::Assets;

/// The id of the paragraph that says that the page could not start.
const PROBLEM: &str = "boot-problem";

/// The property of `window` that holds the socket which is opened while the program is still being fetched: see
/// [`crate::browser`]'s socket.
pub(crate) const EARLY_SOCKET: &str = "parlourSocket";

/// The property of that socket that holds what has come on it, where a seat was asked for with it.
pub(crate) const EARLY_MESSAGES: &str = "early";

/// The encoding of what the page sends.
pub(crate) const ENCODING: Encoding = Encoding::Postcard;

/// Under which key a browser remembers what the person is called.
pub(crate) const NAME_KEY: &str = "parlour.name";

/// What a page that skips the lobby says first. It goes with the upgrade of the socket: while a page is loaded, a browser takes
/// a hundred milliseconds to see that a socket is open, and by then the others' offers can be there.
#[derive(Clone, Debug)]
pub struct EarlyJoin {
    /// The subprotocol that says it.
    offer: String,
    is_named: bool,
}

impl EarlyJoin {
    /// For this room. `name` is what the URL says that the person is called; a browser that remembers another name leaves it to
    /// the program to join.
    #[must_use]
    pub fn new(room: &RoomId, name: Option<&str>) -> Self {
        let join = ClientMessage::Join {
            room: room.as_str().into(),
            name: name_or_guest(name.unwrap_or_default()),
            media: Media::default(),
            resume: None,
        };
        Self {
            offer: protocol::offer_first(&ENCODING.encode(&join)),
            is_named: name.is_some(),
        }
    }

    /// Adds it to `p`, the subprotocols.
    fn into_script(self) -> String {
        let push = format!("p.push({});", js_string(&self.offer));
        match self.is_named {
            true => push,
            // Storage may be forbidden to a page in a frame.
            false => format!("let n;try{{n=localStorage.getItem('{NAME_KEY}')}}catch{{}}if(n==null){push}"),
        }
    }
}

/// The tags for `<head>`: the script is fetched and compiled while the page is still being read. They stand before the
/// style sheet, and the script is no module: both would make it wait until the style sheet is there.
#[component]
pub(crate) fn Boot(
    assets: Assets,
    nonce: String,
    #[prop(optional_no_strip)] early_join: Option<EarlyJoin>,
) -> impl IntoView {
    let script = start_script(&assets.js, &assets.wasm, early_join);
    view! {
        <link rel="modulepreload" href=assets.js nonce=nonce.clone() />
        <link rel="preload" href=assets.wasm r#as="fetch" r#type="application/wasm" crossorigin="anonymous" />
        <script nonce=nonce>{script}</script>
    }
}

/// What is read where the page cannot start. It stands behind the page in `<body>`.
#[component]
pub(crate) fn BootProblem() -> impl IntoView {
    view! {
        <p id=PROBLEM class="boot-problem" role="alert" hidden>
            "This page could not start. Reload it; if that does not help, check that your browser is up to date and "
            "that nothing blocks WebAssembly."
        </p>
        <noscript>
            <p class="boot-problem">"A call needs JavaScript and WebAssembly. Allow them for this site and reload."</p>
        </noscript>
    }
}

/// Reloads the page when `cargo leptos watch` has built it again, and swaps the style sheet when only that changed.
#[component]
pub(crate) fn LiveReload(port: u16, nonce: String) -> impl IntoView {
    view! {
        <script type="module" nonce=nonce>
            {live_reload_script(port)}
        </script>
    }
}

/// Opens the socket, loads the program, and hydrates once the whole page has been read. Until then it remembers what the
/// person did already, for [`crate::browser::location::take_early_join`] and its like: the server's page is there to be used
/// at once. Where the program cannot start, nobody stays in the room.
fn start_script(js: &str, wasm: &str, early_join: Option<EarlyJoin>) -> String {
    [
        "{const d=document,r=d.documentElement,c=new AbortController,o={signal:c.signal};",
        "addEventListener('submit',e=>{e.preventDefault();r.dataset.join='early'},o);",
        "addEventListener('input',e=>{if(e.target.id=='name')r.dataset.name=e.target.value},o);",
        "const p=['",
        ENCODING.subprotocol(),
        "'];",
        &early_join.map(EarlyJoin::into_script).unwrap_or_default(),
        "const s=window.",
        EARLY_SOCKET,
        "=new WebSocket(location.origin.replace('http','ws')+'/ws',p);",
        "if(p[1]){s.binaryType='arraybuffer';const m=s.",
        EARLY_MESSAGES,
        "=[];s.onmessage=e=>m.push(e.data);}",
        "const read=new Promise(f=>addEventListener('DOMContentLoaded',f,o));",
        "import(",
        &js_string(js),
        ").then(async m=>{await m.default({module_or_path:",
        &js_string(wasm),
        "});await read;m.hydrate();c.abort()})",
        // A browser complains of a socket that is closed before it is open.
        ".catch(async e=>{s.readyState?s.close():s.onopen=()=>s.close();console.error(e);await read;stop()});",
        // A panic ends in a trap, of which the browser tells.
        "addEventListener('error',e=>{if(e.error instanceof WebAssembly.RuntimeError)stop()});",
        "function stop(){d.getElementById('",
        PROBLEM,
        "').hidden=false}}",
    ]
    .concat()
}

/// Speaks to the socket of `cargo leptos` (`{"all": …}`, `{"css": "pkg/parlour.css"}`).
fn live_reload_script(port: u16) -> String {
    [
        "const w=new WebSocket((location.protocol=='https:'?'wss://':'ws://')+location.hostname+':",
        &port.to_string(),
        "/live_reload');w.onmessage=e=>{const m=JSON.parse(e.data);if(m.css)",
        "document.querySelectorAll('link[rel=stylesheet]').forEach(l=>{l.href='/'+m.css+'?version='+Date.now()});",
        "else if(m.all||m.view)location.reload()}",
    ]
    .concat()
}

/// A string literal for an inline script: valid JavaScript, and nothing in it ends the script element
/// (HTML, section 4.12.1.3).
fn js_string(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('"');
    for c in text.chars() {
        match c {
            '"' => literal.push_str("\\\""),
            '\\' => literal.push_str("\\\\"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1F}' => {
                literal.push_str("\\u");
                let code = u32::from(c);
                for shift in [12, 8, 4, 0] {
                    literal.push(char::from_digit((code >> shift) & 0xF, 16).unwrap_or('0'));
                }
            }
            c => literal.push(c),
        }
    }
    literal.push('"');
    literal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_cannot_end_the_script_or_its_string() {
        assert_eq!(js_string("/pkg/parlour.js"), r#""/pkg/parlour.js""#);
        assert_eq!(js_string("\"</script>"), "\"\\\"\\u003c/script\\u003e\"");
        assert_eq!(js_string("\\\n\u{2028}"), r#""\\\u000a\u2028""#);
    }

    #[test]
    fn a_page_that_skips_the_lobby_says_first_what_its_program_would() {
        let room: RoomId = "team-7".parse().expect("a room");
        for (name, called) in [(None, "Guest"), (Some(" Ada "), "Ada"), (Some(""), "Guest")] {
            let early = EarlyJoin::new(&room, name);
            let join = protocol::first_message(&early.offer)
                .expect("a message")
                .expect("one that can be read");
            let said: ClientMessage = ENCODING.decode(&join).expect("a message");
            let ClientMessage::Join {
                room,
                name: said,
                resume,
                ..
            } = said
            else {
                panic!("no join: {said:?}");
            };
            assert_eq!((room.as_str(), said.as_str(), resume), ("team-7", called, None));
            let script = start_script("/a.js", "/b.wasm", Some(early.clone()));
            assert!(script.contains(&format!("p.push(\"{}\")", early.offer)), "{script}");
            assert_eq!(script.contains("localStorage"), name.is_none(), "{script}");
        }
    }

    #[test]
    fn the_start_script_names_both_files_and_catches_failure() {
        let script = start_script("/a.js", "/b.wasm", None);
        assert!(script.contains(r#"import("/a.js")"#), "{script}");
        assert!(script.contains(r#"module_or_path:"/b.wasm""#), "{script}");
        assert!(
            script.contains(".catch(") && script.contains("'boot-problem'"),
            "{script}"
        );
    }
}
