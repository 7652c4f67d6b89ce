//! The socket to the server. `gloo-net` reads it; writing goes to the socket itself, because `gloo-net` would send
//! every message through a `Blob`, which a closing page does not wait for.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;

use futures_util::{Sink, StreamExt};
use gloo_net::websocket::{Message, State, WebSocketError, futures::WebSocket as Reader};
use protocol::{ClientMessage, CloseCode, Numbered, ServerMessage};
use wasm_bindgen::prelude::*;
use web_sys::WebSocket;

use super::rtc_ext::{get, set};
use super::task::spawn;
use crate::boot::{EARLY_SOCKET, ENCODING};

/// Past so many bytes that the network has not taken, the socket is as good as dead.
const UNSENT_MAX: u32 = 1024 * 1024;

/// An open or opening socket. Dropping it closes it, and nothing more is heard of it.
pub(super) struct Socket {
    raw: WebSocket,
    heard: Rc<Cell<bool>>,
}

/// Closes a socket that is as good as dead. A close without such a code would give the seat up, should it still arrive.
fn abandon(raw: &WebSocket) {
    let _ = raw.close_with_code(CloseCode::Silent.code());
}

/// What a socket has to tell.
pub(super) enum SocketEvent {
    /// It is open.
    Opened,
    /// The server said something.
    Message(Numbered<ServerMessage>),
    /// It is closed, or could not be opened. The last event. With the close frame's code, where there was one.
    Closed(Option<u16>),
}

impl Socket {
    /// Begins to open the socket. `None` where the browser refuses to try.
    pub(super) fn open(tell: impl Fn(SocketEvent) + 'static) -> Option<Self> {
        let raw = match take_early() {
            Some(raw) => raw,
            None => WebSocket::new_with_str(&super::page::socket_url(), ENCODING.subprotocol()).ok()?,
        };
        let reader = Reader::try_from(raw.clone()).ok()?;
        super::held::hold(&raw);
        let heard = Rc::new(Cell::new(true));
        let still_heard = Rc::clone(&heard);
        spawn(read(reader, move |event| {
            if still_heard.get() {
                tell(event);
            }
        }));
        Some(Self { raw, heard })
    }

    /// Sends, if the socket is open. What cannot be sent is lost with the socket, as on the network.
    pub(super) fn send(&self, frame: &Numbered<ClientMessage>) {
        if self.raw.ready_state() != WebSocket::OPEN {
            return;
        }
        let bytes = ENCODING.encode_frame(frame);
        if self.raw.buffered_amount() > UNSENT_MAX || self.raw.send_with_u8_array(&bytes).is_err() {
            abandon(&self.raw);
        }
    }

    /// Closes it because it is as good as dead. The seat stays.
    pub(super) fn abandon(self) {
        self.heard.set(false);
        abandon(&self.raw);
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.heard.set(false);
        super::held::let_go(&self.raw);
        let _ = self.raw.close_with_code(1000);
    }
}

/// The socket that the boot script opened while the program was on its way, unless it is closed already. `Some` once.
fn take_early() -> Option<WebSocket> {
    let window = super::page::window();
    let early = get(&window, EARLY_SOCKET).dyn_into::<WebSocket>().ok()?;
    set(&window, EARLY_SOCKET, &JsValue::UNDEFINED);
    // From here on the program hears what comes, and is the one that speaks.
    set(&early, "onopen", &JsValue::NULL);
    (early.ready_state() <= WebSocket::OPEN).then_some(early)
}

async fn read(mut reader: Reader, tell: impl Fn(SocketEvent)) {
    // Ready means: no longer connecting. What it is instead is asked then.
    let _ = poll_fn(|cx| Pin::new(&mut reader).poll_ready(cx)).await;
    if matches!(reader.state(), State::Open) {
        tell(SocketEvent::Opened);
    }
    let mut code = None;
    loop {
        match reader.next().await {
            Some(Ok(Message::Bytes(bytes))) => {
                if let Ok(frame) = ENCODING.decode_frame(&bytes) {
                    tell(SocketEvent::Message(frame));
                }
            }
            Some(Ok(Message::Text(_))) => {}
            Some(Err(error)) => {
                if let WebSocketError::ConnectionClose(event) = error {
                    code = Some(event.code);
                }
                break;
            }
            None => break,
        }
    }
    tell(SocketEvent::Closed(code));
}
