//! `port-web`, `port-redirects`, `port-relay-udp`, `port-relay-tcp`: whether the server's ports can be had.

use std::io::{self, ErrorKind};
use std::net::{TcpListener, UdpSocket};

use client::sentence;

use crate::finding::Finding;
use crate::subject::Subject;

/// One port, and what the system says about it.
#[derive(Debug)]
pub(crate) struct Port {
    check: &'static str,
    /// By which it is chosen.
    flag: &'static str,
    transport: &'static str,
    address: String,
    /// What the system said when a socket was bound there.
    bound: io::Result<()>,
}

/// Tries every port that the server would listen on. Each is given back at once.
pub(crate) fn facts(subject: &Subject) -> Vec<Port> {
    let relay = subject.relay.map(|relay| relay.to_string());
    let wanted = [
        ("port-web", "--listen", "TCP", Some(subject.listen.clone())),
        ("port-redirects", "--http-listen", "TCP", subject.redirects.clone()),
        ("port-relay-udp", "--turn-listen", "UDP", relay.clone()),
        ("port-relay-tcp", "--turn-listen", "TCP", relay),
    ];
    let ports = wanted.into_iter().filter_map(|(check, flag, transport, address)| {
        // Port 0 is whichever is free.
        let address = address.filter(|address| !address.ends_with(":0"))?;
        let bound = match transport {
            "UDP" => UdpSocket::bind(&address).map(drop),
            _ => tcp(&address),
        };
        Some(Port {
            check,
            flag,
            transport,
            address,
            bound,
        })
    });
    ports.collect()
}

fn tcp(address: &str) -> io::Result<()> {
    use ErrorKind::{AddrInUse, AddrNotAvailable, PermissionDenied};
    match TcpListener::bind(address) {
        // A machine without IPv6: the server does the same.
        Err(error)
            if address.starts_with("[::]:")
                && !matches!(error.kind(), AddrInUse | AddrNotAvailable | PermissionDenied) =>
        {
            TcpListener::bind(address.replacen("[::]", "0.0.0.0", 1)).map(drop)
        }
        bound => bound.map(drop),
    }
}

/// `runs`: a Parlour answers on this machine where these flags say.
pub(crate) fn judge(port: &Port, runs: bool) -> Finding {
    let Port {
        check,
        flag,
        transport,
        address,
        bound,
    } = port;
    let at = format!("{address} ({transport})");
    let error = match (bound, runs) {
        (Ok(()), false) => return Finding::ok(check, format!("{at} is free")),
        (Ok(()), true) => {
            return Finding::warning(
                check,
                format!("{at} is free, though a Parlour runs: it does not listen there"),
                "Give this program the flags and variables of the one that runs, or restart that one with these",
            );
        }
        // Only this user may not, or the address belongs to another part of the system.
        (Err(_), true) => return Finding::ok(check, format!("{at} is not free, as it must be: a Parlour runs")),
        (Err(error), false) => error,
    };
    let (sentence, remedy) = match error.kind() {
        ErrorKind::AddrInUse => (
            format!("{at} is taken by another program"),
            format!("Stop that one (ss -lntup names it), or choose another port with {flag}"),
        ),
        ErrorKind::PermissionDenied => (
            format!("this user may not listen on {at}"),
            format!(
                "Give the program the right to with setcap cap_net_bind_service=+ep, or AmbientCapabilities in its unit, or \
                 choose a port from 1024 up with {flag}"
            ),
        ),
        _ => (
            format!("{at} cannot be listened on: {}", sentence(error)),
            format!("Choose an address of this machine with {flag}; one in front of a NAT goes into --external-ip"),
        ),
    };
    match *check {
        // The server goes on without it.
        "port-redirects" => Finding::warning(
            check,
            format!("{sentence}; people who write http:// do not get to https by themselves"),
            remedy,
        ),
        _ => Finding::failure(check, sentence, remedy),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Verdict::{Failure, Ok as Fine, Warning};

    #[test]
    fn ports_are_tried_and_given_back() {
        let held = TcpListener::bind("127.0.0.1:0").expect("a port");
        let subject = Subject {
            listen: "127.0.0.1:0".to_owned(),
            redirects: Some("192.0.2.1:80".to_owned()),
            relay: held.local_addr().ok(),
            ..Subject::default()
        };
        let kinds = || {
            let kind = |port: Port| (port.check, port.bound.err().map(|error| error.kind()));
            facts(&subject).into_iter().map(kind).collect::<Vec<_>>()
        };
        let expected = |tcp| {
            [
                ("port-redirects", Some(ErrorKind::AddrNotAvailable)),
                ("port-relay-udp", None),
                ("port-relay-tcp", tcp),
            ]
        };
        assert_eq!(kinds(), expected(Some(ErrorKind::AddrInUse)));
        drop(held);
        assert_eq!(kinds(), expected(None));
    }

    #[test]
    fn a_port_is_to_be_free_or_taken_by_the_server() {
        use ErrorKind::{AddrInUse, AddrNotAvailable, PermissionDenied};
        let judged = |check, error: Option<ErrorKind>, runs| {
            let port = Port {
                check,
                flag: "--a-flag",
                transport: "TCP",
                address: "0.0.0.0:443".to_owned(),
                bound: error.map_or(Ok(()), |kind| Err(kind.into())),
            };
            judge(&port, runs)
        };
        for (error, runs, verdict, part) in [
            (None, false, Fine, "0.0.0.0:443 (TCP) is free"),
            (None, true, Warning, "does not listen there"),
            (Some(AddrInUse), true, Fine, "a Parlour runs"),
            (Some(AddrInUse), false, Failure, "another port with --a-flag"),
            (Some(PermissionDenied), false, Failure, "this user may not"),
            (Some(AddrNotAvailable), false, Failure, "an address of this machine"),
        ] {
            judged("port-web", error, runs).assert(verdict, part);
        }
        judged("port-redirects", Some(AddrInUse), false).assert(Warning, "do not get to https");
    }
}
