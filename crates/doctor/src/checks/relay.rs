//! `relay`, `relay-udp`, `relay-tcp`, `relay-tls`: every way to a relay that browsers are told, taken as two people in a call
//! take it.

mod way;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use client::tls::Trust;
use client::turn::{Client, FromPeer, Line, Request, TurnError};
use client::{LATE, sentence};
use futures_util::future::join_all;
use protocol::IceServer;
use thiserror::Error;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{timeout, timeout_at};

use super::span;
use crate::door::{is_own, name};
use crate::finding::Finding;
use way::{Transport, Way};

/// Packets that go there and back, if there is time for them. A call sends as many in a fifth of a second.
const PACKETS: u32 = 20;

/// Bytes in each: as long as a packet with sound.
const LENGTH: usize = 160;

/// The channel that each client binds.
const CHANNEL: u16 = 0x4000;

/// One way, and what came of it.
#[derive(Debug)]
pub(crate) struct Trip {
    way: Way,
    outcome: Result<Carried, Broken>,
    /// Whether this machine has the address that browsers are told, so that no NAT is in between.
    ours: bool,
}

/// Data that went through.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Carried {
    /// Packets sent from one relayed address to another one, and as many back.
    sent: u32,
    /// How many of them came back.
    received: u32,
    /// The median time there and back; zero when nothing came.
    round_trip: Duration,
    /// Why a browser would not have come so far: it does not believe the certificate.
    untrusted: Option<String>,
}

/// What did not work.
#[derive(Debug, Error)]
enum Broken {
    #[error("{0}")]
    Name(String),
    #[error("{0}")]
    Tls(String),
    #[error(transparent)]
    Turn(#[from] TurnError),
}

/// Takes every way that browsers are told, all at the same time.
pub(crate) async fn facts(servers: &[IceServer], trust: &Trust, patience: Duration) -> Vec<Trip> {
    let ways = servers.iter().flat_map(|server| {
        let ways = server.urls.iter().filter_map(|url| Way::read(url));
        ways.map(move |way| (way, server))
    });
    let trips = ways.map(|(way, server)| async move {
        let (username, password) = (server.username.as_deref(), server.credential.as_deref());
        let login = (username.unwrap_or_default(), password.unwrap_or_default());
        match resolve(&way, patience).await {
            Ok(address) => Trip {
                outcome: travel(&way, address, login, trust, patience).await,
                ours: is_own(address.ip()),
                way,
            },
            Err(why) => Trip {
                outcome: Err(why),
                ours: false,
                way,
            },
        }
    });
    join_all(trips).await
}

async fn resolve(way: &Way, patience: Duration) -> Result<SocketAddr, Broken> {
    let host = name(&way.host);
    let found = timeout(patience, lookup_host((host.as_str(), way.port))).await;
    let found = found.map_err(|_| Broken::Name(LATE.to_owned()))?;
    let mut found = found.map_err(|error| Broken::Name(error.to_string()))?;
    found
        .next()
        .ok_or_else(|| Broken::Name("there is no record".to_owned()))
}

/// A line to the relay, and what a browser would have against it.
async fn line(
    way: &Way,
    address: SocketAddr,
    trust: &Trust,
    patience: Duration,
) -> Result<(Line, Option<String>), Broken> {
    let silent = |_| TurnError::Silent;
    match way.transport {
        Transport::Udp => Ok((Line::udp(address).await.map_err(TurnError::Lost)?, None)),
        Transport::Tcp => {
            let line = timeout(patience, Line::tcp(address)).await.map_err(silent)?;
            Ok((line.map_err(TurnError::Lost)?, None))
        }
        Transport::Tls => {
            let stream = timeout(patience, TcpStream::connect(address)).await.map_err(silent)?;
            let stream = stream.map_err(TurnError::Lost)?;
            // Small messages are not kept back.
            let _ = stream.set_nodelay(true);
            // Browsers offer no protocol here.
            let shaken = timeout(patience, trust.connect(stream, &name(&way.host), &[])).await;
            let (stream, shown) = shaken.unwrap_or_else(|_| Err(LATE.to_owned())).map_err(Broken::Tls)?;
            Ok((Line::over(stream), shown.trusted.err().map(|error| error.to_string())))
        }
    }
}

/// Sends packets from one relayed address to another one of the same relay, and back.
async fn travel(
    way: &Way,
    address: SocketAddr,
    (username, password): (&str, &str),
    trust: &Trust,
    patience: Duration,
) -> Result<Carried, Broken> {
    let allocate = async || {
        let (line, untrusted) = line(way, address, trust, patience).await?;
        let mut client = Client::new(line, username, password);
        let relayed = client.allocate(patience).await?;
        Ok::<_, Broken>((client, relayed, untrusted))
    };
    let (one, other) = tokio::join!(allocate(), allocate());
    let ((mut one, at_one, untrusted), (mut other, at_other, _)) = (one?, other?);
    let (there, back) = tokio::join!(
        one.ask(Request::Bind(CHANNEL, at_other), patience),
        other.ask(Request::Bind(CHANNEL, at_one), patience)
    );
    there.and(back)?;
    let mut carried = ping_pong(&mut one, &mut other, patience).await;
    carried.untrusted = untrusted;
    // The relay closes both when the seat is given up; this only spares it the wait.
    for client in [&mut one, &mut other] {
        let _ = client.ask(Request::Refresh(0), patience / 4).await;
    }
    Ok(carried)
}

/// One packet after the other, from one to the other and back.
async fn ping_pong(one: &mut Client, other: &mut Client, patience: Duration) -> Carried {
    let end = tokio::time::Instant::now() + patience;
    let (mut sent, mut times) = (0, Vec::new());
    while sent < PACKETS && tokio::time::Instant::now() < end {
        let mut payload = vec![0x50; LENGTH];
        payload[..4].copy_from_slice(&u32::to_be_bytes(sent));
        sent += 1;
        let start = Instant::now();
        // One that is lost may cost a part of the time, not all of it.
        let until = end.min(tokio::time::Instant::now() + patience / 4);
        let there_and_back = async {
            one.send_channel(CHANNEL, &payload).await?;
            hear(other, &payload).await?;
            other.send_channel(CHANNEL, &payload).await?;
            hear(one, &payload).await
        };
        if matches!(timeout_at(until, there_and_back).await, Ok(Ok(()))) {
            times.push(start.elapsed());
        }
    }
    times.sort_unstable();
    Carried {
        sent,
        received: u32::try_from(times.len()).unwrap_or(PACKETS),
        round_trip: times.get(times.len() / 2).copied().unwrap_or_default(),
        untrusted: None,
    }
}

/// Waits for that payload.
async fn hear(client: &mut Client, expected: &[u8]) -> Result<(), TurnError> {
    loop {
        let (FromPeer::Channel(_, payload) | FromPeer::Indication(_, payload)) = client.hear().await?;
        if payload == expected {
            return Ok(());
        }
    }
}

/// `here`: the server is on this machine. `passing`: it will have another certificate than the one that it was started with for
/// this.
pub(crate) fn judge(trips: &[Trip], here: bool, passing: bool) -> Vec<Finding> {
    if trips.is_empty() {
        return vec![Finding::warning(
            "relay",
            "there is no relay: people whose networks do not let them reach each other directly will not see or hear each other",
            "Start the server with --turn-listen 0.0.0.0:3478, and let UDP and TCP in on that port",
        )];
    }
    let findings = trips.iter().map(|trip| match &trip.outcome {
        Ok(carried) => carries(&trip.way, carried, passing),
        Err(broken) => breaks(trip, broken, here),
    });
    findings.collect()
}

fn carries(way: &Way, carried: &Carried, passing: bool) -> Finding {
    let (check, _, text) = way.words();
    let Carried {
        sent,
        received,
        round_trip,
        ref untrusted,
    } = *carried;
    let sentence = format!(
        "{text} carried {received} of {sent} packets there and back, {} a round trip",
        span(round_trip)
    );
    match untrusted {
        _ if received == 0 => Finding::failure(
            check,
            format!("{text} opens relayed addresses, but none of {sent} packets came through"),
            "Look at /metrics: parlour_relay_dropped_total says why; for another server's relay, at its rules for peers",
        ),
        _ if received < sent => Finding::warning(
            check,
            sentence,
            "Check again; where packets are lost each time, the path or the machine is overloaded",
        ),
        Some(why) if !passing => Finding::warning(
            check,
            format!(
                "{sentence}; but browsers do not take this way, because they do not believe its certificate: {why}"
            ),
            "People whose networks let nothing but HTTPS out need it: start the server with --domain, or with --tls-cert of an \
             authority that browsers know",
        ),
        _ => Finding::ok(check, sentence),
    }
}

fn breaks(trip: &Trip, broken: &Broken, here: bool) -> Finding {
    let Trip { way, ours, .. } = trip;
    let (check, layer, text) = way.words();
    let (sentence, remedy) = match broken {
        Broken::Turn(why @ (TurnError::Silent | TurnError::Lost(_))) => {
            let sentence = match why {
                TurnError::Lost(error) => format!("no connection to {text}: {}", sentence(error)),
                _ => format!("nobody answers at {text}"),
            };
            let let_in = format!(
                "let {layer} in on port {} of {}, in the firewall and in the NAT in front; where that address is wrong, name the \
                 right one with --external-ip",
                way.port, way.host
            );
            // Others may reach it all the same: many NATs do not hairpin (RFC 4787, section 6).
            if here && !ours {
                return Finding::warning(
                    check,
                    format!("{sentence}. It is no address of this machine, and many a NAT leads nobody back who is behind it"),
                    format!("Check from another network, with parlour doctor --remote. Where it fails there, too: {let_in}"),
                );
            }
            (sentence, format!("See that the relay runs, and {let_in}"))
        }
        Broken::Name(why) => (
            format!("{} has no address: {why}", way.host),
            "Give that name a DNS record, or name the address with --external-ip".to_owned(),
        ),
        Broken::Tls(why) => (
            format!("no TLS at {text}: {why}"),
            "See that the port is that of the web listener, and that no proxy ends TLS before it".to_owned(),
        ),
        Broken::Turn(TurnError::Refused(step, code)) => (
            format!("{text} refuses {step} with {code}"),
            match code {
                401 | 441 => {
                    "The relay does not know the credentials that this server makes: where several servers share a relay or an \
                     address, give all of them one secret; else see that the clocks agree"
                }
                486 | 508 => "The relay has no more to give: wait until calls end, or raise the quota of a relay of your own",
                _ => "See the log of the relay: it must let its users relay to its own address, over IPv4",
            }
            .to_owned(),
        ),
        Broken::Turn(TurnError::Stranger | TurnError::Login) => (
            format!("what answers at {text} is no relay"),
            "Stop the program that has that port, or move the relay with --turn-listen".to_owned(),
        ),
    };
    Finding::failure(check, sentence, remedy)
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::finding::Verdict::{Failure, Ok as Fine, Warning};

    fn trip(text: &str, outcome: Result<Carried, Broken>, ours: bool) -> Trip {
        let way = Way::read(text).expect("a relay");
        Trip { way, outcome, ours }
    }

    #[test]
    fn what_comes_through_is_counted_and_has_to_be_believed() {
        let carried = |received, untrusted: Option<&str>| Carried {
            sent: 20,
            received,
            round_trip: Duration::from_micros(420),
            untrusted: untrusted.map(str::to_owned),
        };
        let of = |carried, passing| {
            let trip = trip("turns:203.0.113.7:443", Ok(carried), true);
            judge(&[trip], true, passing).swap_remove(0)
        };
        of(carried(20, None), false).assert(Fine, "20 of 20 packets there and back, 0.4 ms");
        of(carried(19, None), false).assert(Warning, "19 of 20");
        of(carried(0, None), false).assert(Failure, "none of 20");
        of(carried(20, Some("UnknownIssuer")), false).assert(Warning, "UnknownIssuer");
        of(carried(20, Some("UnknownIssuer")), true).assert(Fine, "20 of 20");
        judge(&[], true, false)[0].assert(Warning, "--turn-listen");
    }

    #[test]
    fn what_does_not_work_says_where_to_look() {
        let lost = || Broken::from(TurnError::Lost(io::ErrorKind::ConnectionRefused.into()));
        let refused = |step, code| TurnError::Refused(step, code).into();
        for (broken, here, ours, verdict, part) in [
            (
                TurnError::Silent.into(),
                true,
                true,
                Failure,
                "nobody answers at 203.0.113.7:3478 over UDP. See",
            ),
            (TurnError::Silent.into(), false, false, Failure, "--external-ip"),
            (TurnError::Silent.into(), true, false, Warning, "leads nobody back"),
            (lost(), false, false, Failure, "let UDP in on port 3478 of 203.0.113.7"),
            (Broken::Name("no record".into()), false, false, Failure, "DNS"),
            (Broken::Tls("closed".into()), false, true, Failure, "over UDP: closed"),
            (TurnError::Stranger.into(), false, true, Failure, "is no relay"),
            (
                refused("Allocate", 401),
                false,
                true,
                Failure,
                "refuses Allocate with 401. The relay does not know",
            ),
            (refused("Allocate", 486), false, true, Failure, "quota"),
            (refused("ChannelBind", 403), false, true, Failure, "its own address"),
        ] {
            let trip = trip("turn:203.0.113.7:3478?transport=udp", Err(broken), ours);
            let findings = judge(&[trip], here, false);
            findings[0].assert(verdict, part);
            assert_eq!(findings[0].check, "relay-udp");
        }
    }
}
