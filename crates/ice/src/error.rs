//! What keeps the servers from being told, each as one sentence for the operator.

use std::io;
use std::net::SocketAddr;

/// Why there is no relay, or no login.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The relay's address cannot be had.
    #[error("cannot listen on {0}: {1}; choose another address with --turn-listen.")]
    Listen(SocketAddr, #[source] io::Error),
    /// The addresses by which the relay is to be known do not fit it.
    #[error(
        "the relay needs one address of the family that --turn-listen hears, and at most one more of the other: name them \
         with --external-ip."
    )]
    ExternalIp,
    /// A TURN server is named without a login, and there is nothing to make one of.
    #[error(
        "a TURN server of --ice-server has no login: write it as turn:HOST:PORT,USER,SECRET, or name the secret shared with \
         that server with --turn-secret or --turn-secret-file."
    )]
    NoTurnSecret,
    /// There is a secret, and no TURN server to use it with.
    #[error(
        "--turn-secret is for a TURN server that is named without a login, and there is none: name it with --ice-server \
         turn:HOST:PORT."
    )]
    UnusedTurnSecret,
    /// The system refuses what every relay needs.
    #[error("the system does not let a relay start: {0}.")]
    System(#[source] io::Error),
}
