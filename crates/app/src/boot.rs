//! What starts the wasm on a room page: the preloads, the few lines of script that Parlour has, and what is shown when
//! they fail. Everything carries the nonce that the page's content security policy asks for.

use leptos::prelude::*;
use protocol::Encoding;

use crate::shell::{Assets, MOUNTED, ROOT};
use crate::texts::texts;

/// The id of the paragraph that says that the page could not start.
const PROBLEM: &str = "boot-problem";

/// The id of the paragraph that says that the boot script did not run. The style sheet shows it after a while, and hides it
/// where [`RAN`] says otherwise.
const BLOCKED: &str = "boot-blocked";

/// The attribute of `<html>` that the boot script sets at once.
const RAN: &str = "data-boot";

/// The property of `window` that holds the socket which is opened while the program is still being fetched: see
/// [`crate::browser`]'s socket.
pub(crate) const EARLY_SOCKET: &str = "parlourSocket";

/// The property of `window` that holds what the page has of the world, a set of things to `stop()` or `close()`: see
/// [`crate::browser`]'s `held`.
pub(crate) const HELD: &str = "parlourHeld";

/// The property of `window` that is set when the program has trapped: what is left of it must do nothing more.
pub(crate) const STOPPED_MARK: &str = "parlourStopped";

/// The id of the paragraph that says that the page has stopped.
const STOPPED: &str = "boot-stopped";

/// The property of `window` that says where the part of the program is that only a call needs (`crates/splitter`).
const CALL_URL: &str = "parlourCall";

/// The encoding of what the page sends.
pub(crate) const ENCODING: Encoding = Encoding::Postcard;

/// Under which key a browser remembers what the person is called.
pub(crate) const NAME_KEY: &str = "parlour.name";

/// The tags for `<head>`: the script is fetched and compiled while the page is still being read. They stand before the
/// style sheet, and the script is no module: both would make it wait until the style sheet is there.
#[component]
pub(crate) fn Boot(assets: Assets, autojoin: bool, nonce: String) -> impl IntoView {
    let script = start_script(&assets.js, &assets.wasm, assets.call.as_deref());
    // Into the lobby the program comes first, and fetches this afterwards by itself.
    let call = assets.call.filter(|_| autojoin).map(preload);
    view! {
        <link rel="modulepreload" href=assets.js nonce=nonce.clone() />
        {preload(assets.wasm)}
        {call}
        <script nonce=nonce>{script}</script>
    }
}

fn preload(wasm: String) -> impl IntoView {
    view! { <link rel="preload" href=wasm r#as="fetch" r#type="application/wasm" crossorigin="anonymous" /> }
}

/// What is read where the page cannot start. It stands behind the page in `<body>`.
#[component]
pub(crate) fn BootProblem() -> impl IntoView {
    let words = texts().boot;
    view! {
        <p id=PROBLEM class="boot-problem" role="alert" hidden>
            {words.not_started}
        </p>
        <p id=STOPPED class="boot-problem" role="alert" hidden>
            {words.stopped}
        </p>
        <p id=BLOCKED class="boot-problem boot-blocked" role="alert">
            {words.blocked}
        </p>
        <noscript>
            <p class="boot-problem">{words.no_script}</p>
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
fn start_script(js: &str, wasm: &str, call: Option<&str>) -> String {
    let call = call.map_or_else(String::new, |url| {
        ["window.", CALL_URL, "=", &js_string(url), ";"].concat()
    });
    [
        "{const d=document,r=d.documentElement,c=new AbortController,o={signal:c.signal},q=[];let old;",
        "r.setAttribute('",
        RAN,
        "','');",
        &call,
        "addEventListener('submit',e=>{e.preventDefault();r.dataset.join='early'},o);",
        "addEventListener('input',e=>{if(e.target.id=='name')r.dataset.name=e.target.value},o);",
        // A button that stays in or out is set at once. Any other one has to wait: the page's program is what makes a click of it.
        "addEventListener('click',e=>{const b=e.target.closest?.('button[type=button]');if(!b)return;e.preventDefault();",
        "const n=b.dataset.early;if(n)b.setAttribute('aria-pressed',r.dataset[n]=b.getAttribute('aria-pressed')!='true');",
        "else q.push(b.title)},{capture:true,...o});",
        "const s=window.",
        EARLY_SOCKET,
        "=new WebSocket(location.origin.replace('http','ws')+'/ws','",
        ENCODING.subprotocol(),
        "');",
        "const read=new Promise(f=>addEventListener('DOMContentLoaded',f,o));",
        "read.then(()=>d.getElementById('",
        BLOCKED,
        "')?.remove());",
        "const load=async u=>{const m=await import(u);await m.default({module_or_path:",
        &js_string(wasm),
        "});return m};",
        "(async()=>{const m=await load(",
        &js_string(js),
        ");await read;await m.prepare();",
        // Something has changed what the server drew: that program has trapped, and another one draws it anew.
        "try{m.hydrate()}catch(e){console.info('Drawn anew:',e);old=1;const n=await load(",
        &js_string(&[js, "#anew"].concat()),
        ");await n.prepare();old=0;n.render()}",
        "c.abort();setTimeout(()=>q.forEach(t=>d.querySelector(`[title=\"${t}\"]`)?.click()))})()",
        // A browser complains of a socket that is closed before it is open.
        ".catch(async e=>{s.readyState?s.close():s.onopen=()=>s.close();console.error(e);await read;stop()});",
        // A panic ends in a trap, of which the browser tells. What is left of a program that has trapped already may trap again.
        "addEventListener('error',e=>{if(!old&&e.error instanceof WebAssembly.RuntimeError)stop()});",
        // Nothing of the program runs any more. What it held is let go of, and what it drew can no longer be used.
        "function stop(){const f=x=>{try{x.then?x.then(s=>s.getTracks().forEach(f),()=>{}):x.stop?x.stop():x.close()}catch{}},h=window.",
        HELD,
        "??=new Set;window.",
        STOPPED_MARK,
        "=1;h.forEach(f);h.add=f;const a=d.getElementById('",
        ROOT,
        "'),u=a.hasAttribute('",
        MOUNTED,
        "');if(u)a.inert=true;d.getElementById(u?'",
        STOPPED,
        "':'",
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
    fn the_start_script_names_both_files_and_catches_failure() {
        let script = start_script("/a.js", "/b.wasm", Some("/c.wasm"));
        assert!(script.contains(r#"load("/a.js")"#), "{script}");
        assert!(script.contains(r#"module_or_path:"/b.wasm""#), "{script}");
        assert!(
            script.contains(".catch(") && script.contains("'boot-problem'"),
            "{script}"
        );
        assert!(script.contains(r#"load("/a.js#anew")"#), "{script}");
        assert!(script.contains(r#"window.parlourCall="/c.wasm";"#), "{script}");
    }
}
