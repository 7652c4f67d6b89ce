//! Tries to bind the server's ports.

use std::io::{self, ErrorKind};
use std::net::{TcpListener, UdpSocket};

use super::door::sentence;
use super::judge::ports::{Bound, Port, Purpose, Runs};
use super::subject::Subject;

/// Every port that the server would listen on, and whether it can be had. Each is given back at once.
pub(super) fn probe(subject: &Subject) -> Vec<(Purpose, String, Bound)> {
    let relay = subject.relay.map(|relay| relay.to_string());
    let wanted = [
        (Purpose::Web, Some(subject.listen.clone())),
        (Purpose::Redirects, subject.redirects.clone()),
        (Purpose::RelayUdp, relay.clone()),
        (Purpose::RelayTcp, relay),
    ];
    let wanted = wanted
        .into_iter()
        .filter_map(|(purpose, address)| Some((purpose, address?)));
    // Port 0 is whichever is free.
    let wanted = wanted.filter(|(_, address)| !address.ends_with(":0"));
    wanted
        .map(|(purpose, address)| {
            let bound = match purpose {
                Purpose::RelayUdp => bound(UdpSocket::bind(&address)),
                _ => match bound(TcpListener::bind(&address)) {
                    // A machine without IPv6: the server does the same.
                    Bound::Failed(_) if address.starts_with("[::]:") => {
                        bound(TcpListener::bind(address.replacen("[::]", "0.0.0.0", 1)))
                    }
                    bound => bound,
                },
            };
            (purpose, address, bound)
        })
        .collect()
}

/// With what runs on this machine.
pub(super) fn facts((purpose, address, bound): (Purpose, String, Bound), runs: Runs) -> Port {
    Port {
        purpose,
        address,
        bound,
        runs,
    }
}

fn bound<T>(result: io::Result<T>) -> Bound {
    match result {
        Ok(_) => Bound::Free,
        Err(error) => match error.kind() {
            ErrorKind::AddrInUse => Bound::Taken,
            ErrorKind::PermissionDenied => Bound::Denied,
            ErrorKind::AddrNotAvailable => Bound::NotOurs,
            _ => Bound::Failed(sentence(&error)),
        },
    }
}
