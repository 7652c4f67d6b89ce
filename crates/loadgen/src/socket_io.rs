//! As much of Engine.IO 4 and Socket.IO 5 (the wire protocols of Socket.IO v4) as a client over WebSocket needs: see
//! <https://socket.io/docs/v4/engine-io-protocol/> and <https://socket.io/docs/v4/socket-io-protocol/>.

use anyhow::{Result, ensure};
use serde_json::Value;
use tokio_tungstenite::tungstenite::Message;

use crate::loopback::Loopback;
use crate::websocket::{self, Socket};

/// Engine.IO's ping, which the server sends, and the pong that it waits for.
pub(crate) const PING: &[u8] = b"2";
pub(crate) const PONG: &str = "3";

/// Connects to the main namespace, without the detour over HTTP polling that the browser's client makes by default.
pub(crate) async fn open(server: Loopback, nth: usize) -> Result<Socket> {
    let mut socket = websocket::open(server, "/socket.io/?EIO=4&transport=websocket", None, nth).await?;
    let handshake = websocket::expect(&mut socket).await?;
    ensure!(handshake.starts_with(b"0{"), "Engine.IO did not open");
    websocket::send(&mut socket, Message::text("40")).await?;
    let connected = websocket::expect(&mut socket).await?;
    ensure!(connected.starts_with(b"40"), "Socket.IO did not connect");
    Ok(socket)
}

/// An event with text arguments, as a packet.
pub(crate) fn event(name: &str, arguments: &[&str]) -> Message {
    let list: Vec<Value> = std::iter::once(&name)
        .chain(arguments)
        .map(|text| Value::from(*text))
        .collect();
    Message::text(format!("42{}", Value::from(list)))
}

/// The first argument of the event, when the packet is one of this name.
pub(crate) fn argument_of(packet: &[u8], name: &str) -> Option<String> {
    let list: Vec<String> = serde_json::from_slice(packet.strip_prefix(b"42")?).ok()?;
    match list.as_slice() {
        [event, argument, ..] if event == name => Some(argument.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_written_and_read_as_packets() {
        let packet = event("join-room", &["a \"room\"", "peer-1"]);
        assert_eq!(packet, Message::text(r#"42["join-room","a \"room\"","peer-1"]"#));
        let bytes = packet.into_data();
        assert_eq!(argument_of(&bytes, "join-room").as_deref(), Some("a \"room\""));
        assert_eq!(argument_of(&bytes, "user-connected"), None);
        for other in [&b"2"[..], b"40{}", b"42", b"42{}", b"42[1,2]", b"42[\"join-room\"]"] {
            assert_eq!(argument_of(other, "join-room"), None);
        }
    }
}
