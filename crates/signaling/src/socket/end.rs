//! How a socket ends, and what that means for its client.

use std::io::ErrorKind;

use protocol::{CloseCode, LeaveReason};
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, frame::coding};
use tokio_tungstenite::tungstenite::{Error, Utf8Bytes};

use crate::client::Client;
use crate::outbox::Ended;

/// Why a socket ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The client said `leave`.
    Left,
    /// The client closed: 1000, 1001 (closing a tab), or no code.
    ClosedByClient,
    /// The client closed with a code that tells of a failure.
    ClosedByFailure,
    /// The connection broke.
    Lost,
    /// The client does not speak WebSocket (RFC 6455) properly.
    BadFraming,
    /// The client broke a rule, read too slowly or fell silent.
    Refused(CloseCode),
    /// Another socket has taken the seat.
    TakenOver,
    /// The server shuts down.
    Draining,
}

impl End {
    /// What becomes of the client's seat.
    pub(super) fn settle(self, client: &mut Client) {
        match self {
            Self::Left | Self::ClosedByClient => client.leave(LeaveReason::Left),
            Self::ClosedByFailure | Self::Lost | Self::Refused(CloseCode::Silent) => client.lose(),
            Self::BadFraming | Self::Refused(_) => client.leave(LeaveReason::Removed),
            // The one that has no seat any more is silent by itself.
            Self::TakenOver | Self::Draining => client.leave_silently(),
        }
    }

    pub(crate) fn close_frame(self) -> CloseFrame {
        let ours = |close: CloseCode| (close.code(), close.reason());
        let (code, reason) = match self {
            Self::Refused(close) => ours(close),
            Self::Draining => ours(CloseCode::GoingAway),
            Self::TakenOver => ours(CloseCode::TakenOver),
            Self::BadFraming => (u16::from(coding::CloseCode::Protocol), "protocol-error"),
            Self::Left | Self::ClosedByClient | Self::ClosedByFailure | Self::Lost => ours(CloseCode::Normal),
        };
        CloseFrame {
            code: code.into(),
            reason: Utf8Bytes::from_static(reason),
        }
    }
}

impl From<Error> for End {
    fn from(error: Error) -> Self {
        match error {
            Error::Io(error) if error.kind() == ErrorKind::QuotaExceeded => Self::Refused(CloseCode::RateLimited),
            Error::Capacity(_) => Self::Refused(CloseCode::TooLarge),
            Error::Utf8(_) => Self::Refused(CloseCode::InvalidUtf8),
            Error::Protocol(fault) if !is_cut(&fault) => Self::BadFraming,
            _ => Self::Lost,
        }
    }
}

impl From<Ended> for End {
    fn from(ended: Ended) -> Self {
        match ended {
            Ended::Overflowed => Self::Refused(CloseCode::SlowReader),
            Ended::TakenOver => Self::TakenOver,
        }
    }
}

/// Whether it is only that the connection ended without a close.
fn is_cut(fault: &ProtocolError) -> bool {
    use ProtocolError as Fault;
    matches!(
        fault,
        Fault::ResetWithoutClosingHandshake | Fault::ReceivedAfterClosing | Fault::SendAfterClosing
    )
}
