//! `loadgen flood`: what one address sends that is up to no good, until the input ends. A process of its own, so that it can be
//! weighed and pinned apart from those who measure.

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use futures_util::{SinkExt, StreamExt};
use protocol::{ClientMessage, Encoding};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;

use crate::loopback::Loopback;
use crate::member;

/// Where all of it comes from. Those who measure come from other addresses ([`Loopback::connect`]).
const SOURCE: Ipv4Addr = Ipv4Addr::new(127, 0, 1, 1);

/// Connections under way at the same time; more are not begun.
const MOST_AT_ONCE: usize = 2_000;

/// How long a connection is kept that says nothing more. At the usual pace two thirds of a thousand are kept at the same time.
const KEPT: Duration = Duration::from_secs(1);

/// Datagrams for each connection.
const DATAGRAMS: u32 = 5;

/// The line that says that it has begun.
pub(crate) const READY: &str = "flooding";

/// Whom to flood, and how.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// The server. Loopback addresses alone.
    #[arg(long)]
    pub(crate) server: Loopback,
    /// Its relay. Loopback addresses alone.
    #[arg(long)]
    pub(crate) relay: Loopback,
    /// Connections a second.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u16).range(1..=5_000))]
    pub(crate) a_second: u16,
}

/// One connection's misdeed.
#[derive(Clone, Copy, Debug)]
enum Misdeed {
    /// Connects and says nothing.
    Silence,
    /// The beginning of a ClientHello, and no more.
    HalfAHandshake,
    /// The beginning of a request, and no more.
    HalfARequest,
    /// A page that it does not read.
    Page,
    /// A room of its own, and away without a word.
    Room,
    /// Asks who is in a room.
    Peek,
}

const MISDEEDS: [Misdeed; 6] = [
    Misdeed::Silence,
    Misdeed::HalfAHandshake,
    Misdeed::HalfARequest,
    Misdeed::Page,
    Misdeed::Room,
    Misdeed::Peek,
];

/// Floods until the input ends, then prints how many connections it has begun.
pub(crate) async fn run(options: Options) -> Result<()> {
    let relay = UdpSocket::bind(SocketAddr::from((SOURCE, 0))).await?;
    relay.connect(options.relay.address()).await?;
    let mut output = io::stdout();
    writeln!(output, "{READY}")?;
    output.flush()?;

    let (mut input, mut ignored) = (tokio::io::stdin(), [0; 64]);
    let mut pace = interval(Duration::from_secs(1) / u32::from(options.a_second));
    // A timer has steps of a millisecond: what is late is made up for, so that the pace holds.
    pace.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut connections = JoinSet::new();
    let mut begun = 0;
    for number in 0.. {
        tokio::select! {
            biased;
            _ = pace.tick() => {}
            read = input.read(&mut ignored) => if read? == 0 { break },
        }
        for _ in 0..DATAGRAMS {
            // The answer is not read, and a relay that is not there is no error.
            let _ = relay.try_send(&datagram());
        }
        while connections.try_join_next().is_some() {}
        if connections.len() < MOST_AT_ONCE {
            begun += 1;
            let misdeed = MISDEEDS[number % MISDEEDS.len()];
            connections.spawn(timeout(KEPT, commit(misdeed, options.server, number)));
        }
    }
    writeln!(output, "{begun}")?;
    Ok(())
}

/// An Allocate without a login (RFC 8656 section 7.1), or noise.
fn datagram() -> Vec<u8> {
    let id: [u8; 12] = fastrand::u128(..).to_be_bytes()[..12].try_into().unwrap_or_default();
    if id[0].is_multiple_of(2) {
        return id.to_vec();
    }
    let mut allocate = vec![0, 3, 0, 8, 0x21, 0x12, 0xa4, 0x42];
    allocate.extend(id);
    // REQUESTED-TRANSPORT: UDP.
    allocate.extend([0, 0x19, 0, 4, 17, 0, 0, 0]);
    allocate
}

/// Whether the server lets it does not matter.
async fn commit(misdeed: Misdeed, server: Loopback, number: usize) -> Result<()> {
    let mut stream = server.connect_from(SOURCE).await?;
    match misdeed {
        Misdeed::Silence => {}
        Misdeed::HalfAHandshake => stream.write_all(&[0x16, 3, 1]).await?,
        Misdeed::HalfARequest => stream.write_all(b"GET /healthz HT").await?,
        Misdeed::Page => {
            let request = format!("GET /flood-{number} HTTP/1.1\r\nhost: {server}\r\n\r\n");
            stream.write_all(request.as_bytes()).await?;
        }
        Misdeed::Room => {
            say(
                stream,
                server,
                &member::join(&format!("flood-{number}"), "somebody", None),
            )
            .await?;
            return Ok(());
        }
        Misdeed::Peek => {
            let peek = ClientMessage::Peek {
                room: format!("churn-{}", number % 100),
            };
            say(stream, server, &peek).await?;
            return Ok(());
        }
    }
    // Kept until the time is up.
    std::future::pending().await
}

/// Opens a WebSocket, sends one message and waits for the answer.
async fn say(stream: TcpStream, server: Loopback, message: &ClientMessage) -> Result<()> {
    let mut request = format!("ws://{server}/ws").into_client_request()?;
    let encoding = Encoding::Postcard;
    let name = HeaderValue::from_static(encoding.subprotocol());
    request.headers_mut().insert("sec-websocket-protocol", name);
    let (mut socket, _) = client_async(request, stream).await?;
    socket
        .send(Message::binary(encoding.encode_frame(&message.clone().into())))
        .await?;
    let _ = socket.next().await;
    Ok(())
}
