//! A way through a relay and back, as two people in a call would take it.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::net::lookup_host;
use tokio::time::{timeout, timeout_at};

use super::door::{late, sentence};
use super::ice_url::{IceUrl, Transport};
use super::judge::relay::{Broken, Carried};
use super::line::{Line, stream, tls, udp};
use super::tls::Trust;
use super::turn_client::{Heard, Request, TurnClient};

/// Packets that go there and back. A call sends as many in a fifth of a second.
const PACKETS: u32 = 20;

/// As long as a packet with sound.
const LENGTH: usize = 160;

/// When a request over UDP is sent again, for the first time and then after twice as long each (RFC 8489 section 6.2.1
/// begins with 500 ms; the doctor has less time).
const AGAIN: Duration = Duration::from_millis(200);

/// How often a relay may ask for other credentials or another nonce.
const CHALLENGES: usize = 3;

/// Sends packets from one relayed address to another one of the same relay, and back.
pub(super) async fn travel(
    url: &IceUrl,
    login: (&str, &str),
    trust: &Trust,
    patience: Duration,
) -> Result<Carried, Broken> {
    let address = resolve(url, patience).await?;
    let (one, other) = tokio::join!(
        Guest::allocate(url, address, login, trust, patience),
        Guest::allocate(url, address, login, trust, patience)
    );
    let (mut one, mut other) = (one?, other?);
    let (at_one, at_other) = (one.relayed, other.relayed);
    let (there, back) = tokio::join!(
        one.guest.ask(Request::Bind(at_other), "ChannelBind", patience),
        other.guest.ask(Request::Bind(at_one), "ChannelBind", patience)
    );
    there.and(back)?;
    let mut carried = ping_pong(&mut one.guest, &mut other.guest, patience).await;
    carried.untrusted = one.untrusted.take();
    // The relay closes both when the seat is given up; this only spares it the wait.
    one.guest.close().await;
    other.guest.close().await;
    Ok(carried)
}

/// Whether a relay answers at this address.
pub(super) async fn answers(transport: Transport, address: SocketAddr, patience: Duration) -> bool {
    let line = match transport {
        Transport::Udp => udp(address).await,
        Transport::Tcp => stream(address, patience).await,
        // It is behind the web listener, which has a check of its own.
        Transport::Tls => return false,
    };
    let Ok(line) = line else {
        return false;
    };
    let mut guest = Guest {
        line,
        client: TurnClient::new("", ""),
    };
    let asked = guest.once(Request::Allocate, patience).await;
    matches!(asked, Ok(Heard::Challenge | Heard::Refused(_)))
}

async fn resolve(url: &IceUrl, patience: Duration) -> Result<SocketAddr, Broken> {
    let found = timeout(patience, lookup_host((url.host.as_str(), url.port))).await;
    let found = found.map_err(|_| Broken::Name(late()))?;
    let mut found = found.map_err(|error| Broken::Name(error.to_string()))?;
    found
        .next()
        .ok_or_else(|| Broken::Name("there is no record".to_owned()))
}

/// A client with its line to the relay.
struct Guest {
    line: Line,
    client: TurnClient,
}

/// A client with a relayed address.
struct Allocated {
    guest: Guest,
    relayed: SocketAddr,
    /// Why a browser would not have come so far.
    untrusted: Option<String>,
}

impl Guest {
    async fn allocate(
        url: &IceUrl,
        address: SocketAddr,
        (username, password): (&str, &str),
        trust: &Trust,
        patience: Duration,
    ) -> Result<Allocated, Broken> {
        let (line, untrusted) = match url.transport {
            Transport::Udp => (udp(address).await?, None),
            Transport::Tcp => (stream(address, patience).await?, None),
            Transport::Tls => tls(url, address, trust, patience).await?,
        };
        let client = TurnClient::new(username, password);
        let mut guest = Self { line, client };
        match guest.ask(Request::Allocate, "Allocate", patience).await? {
            Heard::Allocated(relayed) => Ok(Allocated {
                guest,
                relayed,
                untrusted,
            }),
            _ => Err(Broken::Stranger),
        }
    }

    /// Asks until the relay does it or refuses to.
    async fn ask(&mut self, request: Request, step: &'static str, patience: Duration) -> Result<Heard, Broken> {
        for _ in 0..CHALLENGES {
            match self.once(request, patience).await? {
                Heard::Challenge => {}
                Heard::Refused(code) => return Err(Broken::Refused(step, code)),
                heard => return Ok(heard),
            }
        }
        Err(Broken::Refused(step, 438))
    }

    /// Sends one request, again and again where it may be lost, and waits for its answer.
    async fn once(&mut self, request: Request, patience: Duration) -> Result<Heard, Broken> {
        let bytes = self.client.request(random_id(), request).ok_or(Broken::Stranger)?;
        let end = tokio::time::Instant::now() + patience;
        let mut pause = match self.line {
            Line::Udp(_) => AGAIN,
            Line::Stream(..) => patience,
        };
        loop {
            let sent = self.line.send(&bytes).await;
            sent.map_err(|error| Broken::Connect(sentence(&error)))?;
            let until = end.min(tokio::time::Instant::now() + pause);
            while let Ok(received) = timeout_at(until, self.line.receive()).await {
                match self.client.read(&received?) {
                    Heard::Noise | Heard::Data(_) => {}
                    heard => return Ok(heard),
                }
            }
            if until >= end {
                return Err(Broken::Silent);
            }
            pause *= 2;
        }
    }

    /// The next data from a peer that is `expected`.
    async fn data(&mut self, expected: &[u8], until: tokio::time::Instant) -> bool {
        while let Ok(Ok(received)) = timeout_at(until, self.line.receive()).await {
            if matches!(self.client.read(&received), Heard::Data(payload) if payload == expected) {
                return true;
            }
        }
        false
    }

    async fn close(&mut self) {
        if let Some(bytes) = self.client.request(random_id(), Request::Close) {
            let _ = self.line.send(&bytes).await;
        }
    }
}

/// One packet after the other, from one to the other and back.
async fn ping_pong(one: &mut Guest, other: &mut Guest, patience: Duration) -> Carried {
    let end = tokio::time::Instant::now() + patience;
    let mut carried = Carried {
        sent: 0,
        received: 0,
        round_trip: Duration::ZERO,
        untrusted: None,
    };
    let mut times = Vec::new();
    while carried.sent < PACKETS && tokio::time::Instant::now() < end {
        let payload = packet(carried.sent);
        let bytes = TurnClient::channel_data(&payload);
        carried.sent += 1;
        let start = Instant::now();
        // One that is lost may cost a part of the time, not all of it.
        let until = end.min(tokio::time::Instant::now() + patience / 4);
        let there = one.line.send(&bytes).await.is_ok() && other.data(&payload, until).await;
        if there && other.line.send(&bytes).await.is_ok() && one.data(&payload, until).await {
            times.push(start.elapsed());
        }
    }
    times.sort_unstable();
    carried.received = u32::try_from(times.len()).unwrap_or(PACKETS);
    carried.round_trip = times.get(times.len() / 2).copied().unwrap_or_default();
    carried
}

/// A packet like no other one.
fn packet(number: u32) -> Vec<u8> {
    let mut payload = vec![0x50; LENGTH];
    payload[..4].copy_from_slice(&number.to_be_bytes());
    payload
}

/// 96 random bits (RFC 8489 section 5). Nobody but this program's own relay has a reason to guess them, so a system without
/// random numbers gets the rest of its checks, too.
fn random_id() -> u128 {
    let half = || u128::from(getrandom::u64().unwrap_or_default());
    (half() << 64 | half()) & (u128::MAX >> 32)
}
