//! Pairs of allocations at a relay, for loads.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Result, bail};
use client::turn::{Client, Line, Request, channel_data};
use tokio::net::UdpSocket;

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(4);

/// The channel that each allocation binds.
const CHANNEL: u16 = 0x4000;

/// Bytes before the payload of ChannelData (RFC 8656 section 12.4).
pub(crate) const HEADER: usize = 4;

/// Who may allocate.
#[derive(Clone, Debug)]
pub(crate) struct Login {
    pub(crate) username: String,
    pub(crate) password: String,
}

/// Two allocations of one relay, each with a channel to the other one, as two people in a call have them. They end with their
/// lifetime at the relay, of 10 minutes: longer than any load.
pub(crate) struct Pair {
    /// The two clients, connected to the relay.
    pub(crate) clients: [UdpSocket; 2],
}

impl Pair {
    /// Allocates twice, and lets each in by a channel of the other.
    pub(crate) async fn open(relay: SocketAddr, login: &Login) -> Result<Self> {
        let (mut one, at_one) = allocate(relay, login).await?;
        let (mut other, at_other) = allocate(relay, login).await?;
        one.ask(Request::Bind(CHANNEL, at_other), PATIENCE).await?;
        other.ask(Request::Bind(CHANNEL, at_one), PATIENCE).await?;
        let (Line::Udp(one), Line::Udp(other)) = (one.into_line(), other.into_line()) else {
            bail!("these are clients over UDP");
        };
        Ok(Self { clients: [one, other] })
    }
}

async fn allocate(relay: SocketAddr, login: &Login) -> Result<(Client, SocketAddr)> {
    let mut client = Client::new(Line::udp(relay).await?, &login.username, &login.password);
    let relayed = client.allocate(PATIENCE).await?;
    Ok((client, relayed))
}

/// What a client sends for its peer: a payload of so many bytes in the channel.
pub(crate) fn packet(payload: u16) -> Vec<u8> {
    channel_data(CHANNEL, &vec![7; payload.into()])
}
