//! Whether the relay carries data, over each of its transports.

use std::ops::RangeInclusive;
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
    /// The UDP ports that the relay takes, by the flags.
    pub(in crate::doctor) relayed: RangeInclusive<u16>,
}

impl Trip {
    /// Whether anything at all came back.
    pub(in crate::doctor) fn was_answered(&self) -> bool {
        !matches!(self.outcome, Err(Broken::Name(_) | Broken::Silent | Broken::Connect(_)))
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
    /// Packets sent to the relayed address itself, and how many of them arrived. `None` where the relay sends nothing to
    /// where this program is: it relays to no private address, and to none of its own host.
    pub(in crate::doctor) direct: Option<(u32, u32)>,
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

/// Nobody is told of any relay.
pub(in crate::doctor) fn none(relayed: &RangeInclusive<u16>) -> Finding {
    Finding::warning(
        "relay",
        "there is no relay: people whose networks do not let them reach each other directly will not see or hear each other",
        format!(
            "Start the server with --turn-listen 0.0.0.0:3478, and let UDP and TCP in on that port and UDP on {} to {}",
            relayed.start(),
            relayed.end()
        ),
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
    let Trip { url, relayed, .. } = trip;
    let Carried {
        sent,
        received,
        round_trip,
        direct,
        ref untrusted,
    } = *carried;
    let inside = match received {
        0 => format!("{url} opens relayed addresses, but none of {sent} packets came through"),
        _ => format!(
            "{url} carried {received} of {sent} packets there and back, {} a round trip",
            span(round_trip)
        ),
    };
    let outside = direct.map_or_else(String::new, |(sent, arrived)| {
        format!("; {arrived} of {sent} packets arrived at the relayed port itself")
    });
    let sentence = inside + &outside;
    match (received, direct) {
        (0, _) => Finding::failure(
            check,
            sentence,
            "Look at /metrics: parlour_relay_dropped_total says why; for another server's relay, at its rules for peers",
        ),
        (_, Some((_, 0))) => Finding::failure(
            check,
            sentence,
            format!(
                "Let UDP in on ports {} to {}: in the firewall of the machine, and in that of the cloud; a NAT must forward them \
                 unchanged",
                relayed.start(),
                relayed.end()
            ),
        ),
        (received, _) if received < sent => Finding::warning(
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
        440 => {
            "Browsers ask for IPv4 relayed addresses: name an IPv4 address with --external-ip, and let --turn-listen hear one"
        }
        486 | 508 => {
            "The relay has no more to give: raise its quota, its limit of open files or the number of its ports \
             (--relay-ports), or wait until calls end"
        }
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
mod tests {
    use super::*;
    use crate::doctor::finding::Verdict::{Failure, Ok as Fine, Warning};

    fn trip(outcome: Result<Carried, Broken>, near: Option<bool>) -> Finding {
        let url = IceUrl::relay("turn:203.0.113.7:3478?transport=udp").expect("a relay");
        judge(&Trip {
            url,
            outcome,
            near,
            reached: true,
            relayed: 50_000..=50_999,
        })
    }

    #[test]
    fn a_nat_that_leads_nobody_back_is_no_failure_of_the_relay() {
        for (text, layer) in [
            ("turn:203.0.113.7:3478?transport=udp", "let UDP in on port 3478"),
            ("turns:203.0.113.7:443?transport=tcp", "let TCP in on port 443"),
        ] {
            let url = || IceUrl::relay(text).expect("a relay");
            let judged = |outcome, near| {
                judge(&Trip {
                    url: url(),
                    outcome: Err(outcome),
                    near,
                    reached: false,
                    relayed: 50_000..=50_999,
                })
            };
            let finding = judged(Broken::Silent, Some(true));
            assert_eq!(finding.verdict, Warning, "{finding}");
            for part in ["leads nobody back", "from another network", layer] {
                assert!(finding.to_string().contains(part), "{finding}");
            }
            // It does not even answer here, or something answers there.
            assert_eq!(judged(Broken::Connect("refused".into()), Some(false)).verdict, Failure);
            assert_eq!(judged(Broken::Stranger, None).verdict, Failure);
        }
    }

    fn carried(received: u32, direct: Option<(u32, u32)>) -> Finding {
        trip(Ok(all(received, direct)), None)
    }

    fn all(received: u32, direct: Option<(u32, u32)>) -> Carried {
        Carried {
            sent: 20,
            received,
            round_trip: Duration::from_micros(420),
            direct,
            untrusted: None,
        }
    }

    #[test]
    fn a_way_that_browsers_do_not_take_is_warned_of() {
        let untrusted = Some("UnknownIssuer".to_owned());
        let finding = trip(
            Ok(Carried {
                untrusted,
                ..all(20, None)
            }),
            None,
        );
        assert_eq!(finding.verdict, Warning);
        assert!(finding.to_string().contains("UnknownIssuer"), "{finding}");
    }

    #[test]
    fn what_comes_through_is_counted() {
        for (finding, verdict, part) in [
            (carried(20, None), Fine, "20 of 20 packets there and back, 0.4 ms"),
            (
                carried(20, Some((5, 5))),
                Fine,
                "5 of 5 packets arrived at the relayed port",
            ),
            (carried(19, None), Warning, "19 of 20"),
            (carried(0, None), Failure, "none of 20"),
            (carried(20, Some((5, 0))), Failure, "50000 to 50999"),
        ] {
            assert_eq!(finding.verdict, verdict, "{finding}");
            assert!(finding.to_string().contains(part), "{finding}");
        }
    }

    #[test]
    fn what_does_not_work_says_where_to_look() {
        for (broken, near, part) in [
            (Broken::Silent, None, "nobody answers at 203.0.113.7:3478 over UDP"),
            (Broken::Silent, Some(false), "see that the relay runs"),
            (Broken::Silent, Some(true), "--external-ip"),
            (Broken::Connect("refused".into()), None, "Let UDP in on port 3478"),
            (Broken::Connect("refused".into()), Some(true), "answers on this machine"),
            (Broken::Name("no record".into()), None, "DNS"),
            (
                Broken::Tls("closed".into()),
                None,
                "no TLS with 203.0.113.7:3478: closed",
            ),
            (Broken::Stranger, None, "is no relay"),
            (
                Broken::Refused("Allocate", 401),
                None,
                "Allocate with 401 (Unauthenticated)",
            ),
            (Broken::Refused("Allocate", 440), None, "IPv4"),
            (Broken::Refused("Allocate", 486), None, "quota"),
            (Broken::Refused("ChannelBind", 403), None, "its own address"),
            (Broken::Refused("ChannelBind", 500), None, "with 500. See"),
        ] {
            let finding = trip(Err(broken), near);
            assert_eq!(finding.verdict, Failure, "{finding}");
            assert_eq!(finding.check, "relay-udp");
            assert!(finding.to_string().contains(part), "{finding}");
        }
    }

    #[test]
    fn a_server_without_a_relay_is_warned_of() {
        let finding = none(&(50_000..=50_999));
        assert_eq!(finding.verdict, Warning);
        assert!(finding.to_string().contains("50000 to 50999"), "{finding}");
    }
}
