//! Whether the relay carries data, over each of its transports.

use std::time::Duration;

use super::span;
use crate::doctor::finding::Finding;
use crate::doctor::ice_url::{IceUrl, Transport};

/// One way to a relay, and what came of it.
#[derive(Clone, Debug)]
pub(in crate::doctor) struct Trip {
    /// As browsers are told.
    pub(in crate::doctor) url: IceUrl,
    pub(in crate::doctor) outcome: Result<Carried, Broken>,
    /// Where nobody answered: whether the relay answers on this machine, by the address that it listens on. `None` where
    /// that was not tried.
    pub(in crate::doctor) near: Option<bool>,
    /// Whether the address that browsers are told is seen to be reached from here: this machine has it, or something answered there.
    pub(in crate::doctor) reached: bool,
}

impl Trip {
    /// Whether anything at all came back.
    fn was_answered(&self) -> bool {
        !matches!(self.outcome, Err(Broken::Name(_) | Broken::Silent | Broken::Connect(_)))
    }
}

/// What answers over one transport is reached from here, so silence over another is no NAT's doing.
pub(in crate::doctor) fn compare(trips: &mut [Trip]) {
    let answering: Vec<String> = trips
        .iter()
        .filter(|trip| trip.was_answered())
        .map(|trip| trip.url.host.clone())
        .collect();
    for trip in trips {
        trip.reached |= answering.contains(&trip.url.host);
    }
}

/// Data that went through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::doctor) struct Carried {
    /// Packets sent from one relayed address to another one, and as many back.
    pub(in crate::doctor) sent: u32,
    /// How many of them came back.
    pub(in crate::doctor) received: u32,
    /// The median time there and back; zero when nothing came.
    pub(in crate::doctor) round_trip: Duration,
    /// Why a browser would not have come so far: it does not believe the certificate.
    pub(in crate::doctor) untrusted: Option<String>,
}

/// What did not work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::doctor) enum Broken {
    /// The host has no address.
    Name(String),
    /// The connection was not made.
    Connect(String),
    /// TLS did not come about.
    Tls(String),
    /// No answer in time.
    Silent,
    /// What answers speaks no TURN.
    Stranger,
    /// A request was refused, with the code of RFC 8656 section 19.
    Refused(&'static str, u16),
}

/// The server announces no relay.
pub(in crate::doctor) fn none() -> Finding {
    Finding::warning(
        "relay",
        "there is no relay: people whose networks do not let them reach each other directly will not see or hear each other",
        "Start the server with --turn-listen 0.0.0.0:3478, and let UDP and TCP in on that port",
    )
}

pub(in crate::doctor) fn judge(trip: &Trip) -> Finding {
    let check = match trip.url.transport {
        Transport::Udp => "relay-udp",
        Transport::Tcp => "relay-tcp",
        Transport::Tls => "relay-tls",
    };
    match &trip.outcome {
        Ok(carried) => carries(check, trip, carried),
        Err(Broken::Silent | Broken::Connect(_)) if trip.near == Some(true) && !trip.reached => {
            not_led_back(check, &trip.url)
        }
        Err(broken) => broken_at(check, trip, broken),
    }
}

fn carries(check: &'static str, trip: &Trip, carried: &Carried) -> Finding {
    let url = &trip.url;
    let Carried {
        sent,
        received,
        round_trip,
        ref untrusted,
    } = *carried;
    let sentence = match received {
        0 => format!("{url} opens relayed addresses, but none of {sent} packets came through"),
        _ => format!(
            "{url} carried {received} of {sent} packets there and back, {} a round trip",
            span(round_trip)
        ),
    };
    match received {
        0 => Finding::failure(
            check,
            sentence,
            "Look at /metrics: parlour_relay_dropped_total says why; for another server's relay, at its rules for peers",
        ),
        received if received < sent => Finding::warning(
            check,
            sentence,
            "Check again; where packets are lost each time, the path or the machine is overloaded",
        ),
        _ => match untrusted {
            Some(why) => Finding::warning(
                check,
                format!(
                    "{sentence}; but browsers do not take this way, because they do not believe its certificate: {why}"
                ),
                "People whose networks let nothing but HTTPS out need it: start the server with --domain, or with --tls-cert of \
                 an authority that browsers know",
            ),
            None => Finding::ok(check, sentence),
        },
    }
}

/// The relay runs, and the address of the NAT in front is not reached from behind it. Others may reach it all the same: many
/// NATs do not hairpin (RFC 4787, section 6).
fn not_led_back(check: &'static str, url: &IceUrl) -> Finding {
    let layer = layer(url.transport);
    Finding::warning(
        check,
        format!(
            "the relay answers on this machine; whether others reach it at {url} over {} is not known here: that \
             address may belong to a NAT in front, which leads nobody back who is behind it",
            url.transport
        ),
        format!(
            "Check from another network, with parlour doctor --public-url. Where it fails there, too, let {layer} in on port {} and \
             have the NAT pass it on to this machine; where that address is wrong, name the right one with --external-ip",
            url.port
        ),
    )
}

const fn layer(transport: Transport) -> &'static str {
    match transport {
        Transport::Udp => "UDP",
        Transport::Tcp | Transport::Tls => "TCP",
    }
}

fn broken_at(check: &'static str, trip: &Trip, broken: &Broken) -> Finding {
    let Trip { url, near, .. } = trip;
    let transport = url.transport;
    let layer = layer(transport);
    let let_in = format!("Let {layer} in on port {} of {}", url.port, url.host);
    let (sentence, remedy) = match (broken, near) {
        (Broken::Name(why), _) => (
            format!("{url} has no address: {why}"),
            "Give that name a DNS record, or name the address with --external-ip".to_owned(),
        ),
        (Broken::Silent | Broken::Connect(_), Some(true)) => (
            format!("the relay answers on this machine, but not at {url} over {transport}, as browsers are told"),
            format!(
                "{let_in}, in the firewall of this machine; where that address is wrong, name the right one with --external-ip"
            ),
        ),
        (Broken::Silent, _) => (
            format!("nobody answers at {url} over {transport}"),
            format!("{let_in}: in the firewall, and in the NAT in front; and see that the relay runs"),
        ),
        (Broken::Connect(why), _) => (
            format!("no connection to {url} over {transport}: {why}"),
            format!("{let_in}: in the firewall, and in the NAT in front; and see that the relay runs"),
        ),
        (Broken::Tls(why), _) => (
            format!("no TLS with {url}: {why}"),
            "See that the port is that of the web listener, and that no proxy ends TLS before it".to_owned(),
        ),
        (Broken::Stranger, _) => (
            format!("what answers at {url} over {transport} is no relay"),
            "Stop the program that has that port, or move the relay with --turn-listen".to_owned(),
        ),
        (Broken::Refused(step, code), _) => refused(url, step, *code),
    };
    Finding::failure(check, sentence, remedy)
}

fn refused(url: &IceUrl, step: &str, code: u16) -> (String, String) {
    let remedy = match code {
        401 | 441 => {
            "The relay does not know the credentials that this server makes: where several servers share a relay or an \
             address, give all of them one secret; else see that the clocks agree"
        }
        403 => "The relay does not send to its own relayed addresses: allow it there to relay to its own address",
        440 => "Browsers ask for IPv4 relayed addresses: give that relay one",
        486 | 508 => "The relay has no more to give: wait until calls end, or raise the quota of a relay of your own",
        _ => "See the log of the relay",
    };
    (
        format!("{url} refuses {step} with {code}{}", meaning(code)),
        remedy.to_owned(),
    )
}

/// The words of RFC 8489 section 14.8 and RFC 8656 section 19.
const fn meaning(code: u16) -> &'static str {
    match code {
        400 => " (Bad Request)",
        401 => " (Unauthenticated)",
        403 => " (Forbidden)",
        437 => " (Allocation Mismatch)",
        440 => " (Address Family not Supported)",
        441 => " (Wrong Credentials)",
        442 => " (Unsupported Transport Protocol)",
        486 => " (Allocation Quota Reached)",
        508 => " (Insufficient Capacity)",
        _ => "",
    }
}

#[cfg(test)]
mod tests;
