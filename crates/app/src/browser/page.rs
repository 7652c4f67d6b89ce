//! The window around the page: its address, its clipboard, what it remembers.

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Document, RequestInit, Url, UrlSearchParams, VisibilityState, Window};

use super::rtc_ext::get;

/// How long the server may take to say that it is there, in milliseconds.
const KNOCK: u32 = 5_000;

/// The window. The page always runs in one: no worker ever loads this code.
pub(super) fn window() -> Window {
    js_sys::global().unchecked_into()
}

/// The document.
pub(super) fn document() -> Option<Document> {
    window().document()
}

/// Whether the person can see the page.
pub(super) fn is_visible() -> bool {
    document().is_none_or(|document| document.visibility_state() == VisibilityState::Visible)
}

/// Whether the browser knows of a network.
pub(super) fn is_online() -> bool {
    window().navigator().on_line()
}

/// Whether the page's policy allows a feature (Permissions Policy). `None` where the browser does not tell (Firefox, Safari).
pub(super) fn allows(feature: &str) -> Option<bool> {
    let policy = get(&get(&window(), "document"), "featurePolicy");
    let allows = get(&policy, "allowsFeature").dyn_into::<js_sys::Function>().ok()?;
    allows.call1(&policy, &feature.into()).ok()?.as_bool()
}

/// One parameter of the page's query.
pub(super) fn query(name: &str) -> Option<String> {
    let search = window().location().search().ok()?;
    UrlSearchParams::new_with_str(&search).ok()?.get(name)
}

/// The room's address without the query: what is worth sending to somebody.
pub(super) fn room_link() -> String {
    let location = window().location();
    location.origin().unwrap_or_default() + &location.pathname().unwrap_or_default()
}

/// The target of a link in the chat. A link to this site loses its query: otherwise a stranger's link could skip the lobby and turn the
/// camera and the microphone on.
pub fn to_lobby(link: &str) -> String {
    let own = window().location().origin().ok();
    match Url::new(link) {
        Ok(url) if Some(url.origin()) == own => {
            url.set_search("");
            url.href()
        }
        _ => link.into(),
    }
}

/// `ws:` or `wss:` beside the page, whatever it was served by.
pub(super) fn socket_url() -> String {
    let origin = window().location().origin().unwrap_or_default();
    // `http` becomes `ws`, `https` becomes `wss`.
    ["ws", origin.strip_prefix("http").unwrap_or_default(), "/ws"].concat()
}

/// Whether the server is there and takes people in.
pub(super) async fn server_answers() -> bool {
    let how = RequestInit::new();
    how.set_signal(Some(&AbortSignal::timeout_with_u32(KNOCK)));
    let answer = JsFuture::from(window().fetch_with_str_and_init("/healthz", &how)).await;
    // Any answer but that of a proxy in front of a server that is down: operators hide the path, too.
    answer.is_ok_and(|answer| get(&answer, "status").as_f64().is_some_and(|status| status < 500.0))
}

/// Puts a text on the clipboard; `false` where the browser does not let it.
pub(super) async fn copy(text: &str) -> bool {
    let clipboard = get(&window().navigator(), "clipboard");
    if !clipboard.is_object() {
        return false;
    }
    let promise: Promise = clipboard
        .unchecked_into::<web_sys::Clipboard>()
        .write_text(text)
        .unchecked_into();
    JsFuture::from(promise).await.is_ok()
}

/// Whether the person has clicked or typed on this page yet: before, the browser lets no audio graph start.
pub(super) fn has_been_touched() -> bool {
    let activation = get(&window().navigator(), "userActivation");
    !activation.is_object() || get(&activation, "hasBeenActive").is_truthy()
}

/// What this browser remembers for the person. Every call is harmless where storage is blocked.
pub(super) mod storage {
    fn store() -> Option<web_sys::Storage> {
        super::window().local_storage().ok().flatten()
    }

    /// What was remembered under this key.
    pub(in crate::browser) fn load(key: &str) -> Option<String> {
        store()?.get_item(key).ok()?
    }

    /// Forgets what was remembered under this key.
    pub(in crate::browser) fn forget(key: &str) {
        if let Some(store) = store() {
            let _ = store.remove_item(key);
        }
    }

    /// Remembers a text.
    pub(in crate::browser) fn save(key: &str, value: &str) {
        if let Some(store) = store() {
            let _ = store.set_item(key, value);
        }
    }
}

/// 64 random bits, for numbers that must differ from everybody else's.
pub(super) fn seed() -> u64 {
    u64::from(random()) << 32 | u64::from(random())
}

/// How many cores the machine says it has, 0 where it does not say.
pub(super) fn cores() -> u32 {
    // A cast of a float saturates.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let cores = window().navigator().hardware_concurrency() as u32;
    cores
}

/// 32 random bits, good enough for jitter and for nothing else.
pub(super) fn random() -> u32 {
    // The product is below 2^32, so that nothing is cut off.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let bits = (js_sys::Math::random() * f64::from(u32::MAX)) as u32;
    bits
}
