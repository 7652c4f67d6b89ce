//! A TURN client (RFC 8656): it opens a relayed address, lets peers in, and sends and receives by it.
//!
//! `turn-client-proto` 0.7 was looked at first: it keeps the code of an error to itself, and "wrong credentials" and "quota
//! reached" have different remedies.

mod line;
mod message;

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use thiserror::Error;
use tokio::time::{Instant, timeout_at};

pub use line::Line;
pub use message::{FromPeer, Request, Success, channel_data};

use message::{Challenge, Read};
use stun_types::message::TransactionId;

/// When a request over UDP is sent again, for the first time and then after twice as long each. RFC 8489 section 6.2.1
/// begins with 500 ms; who checks a server has less time.
const AGAIN: Duration = Duration::from_millis(200);

/// How often a relay may ask for other credentials or another nonce.
const CHALLENGES: usize = 3;

/// What did not work.
#[derive(Debug, Error)]
pub enum TurnError {
    /// The connection was not made, or is lost.
    #[error("the connection is lost: {0}")]
    Lost(#[from] io::Error),
    /// No answer came in time.
    #[error("no answer in time")]
    Silent,
    /// What answers speaks no TURN.
    #[error("what answers is no relay")]
    Stranger,
    /// A request was refused, with the code of RFC 8656 section 19.
    #[error("{0} is refused with {1}")]
    Refused(&'static str, u16),
    /// The username or what the relay asks to sign with does not fit into a request.
    #[error("the login cannot be written")]
    Login,
}

impl TurnError {
    /// The code with which the relay refused, if it did.
    #[must_use]
    pub fn code(&self) -> Option<u16> {
        match self {
            Self::Refused(_, code) => Some(*code),
            _ => None,
        }
    }
}

/// One client of one relay.
#[derive(Debug)]
pub struct Client {
    line: Line,
    /// Who it says it is.
    pub username: String,
    /// What it signs with.
    pub password: String,
    /// Once the relay has told it.
    challenge: Option<Challenge>,
}

impl Client {
    /// A client that has asked for nothing yet.
    #[must_use]
    pub fn new(line: Line, username: impl Into<String>, password: impl Into<String>) -> Self {
        Self {
            line,
            username: username.into(),
            password: password.into(),
            challenge: None,
        }
    }

    /// Asks until the relay does it or refuses to. What peers send meanwhile is lost, as a datagram may be.
    ///
    /// # Errors
    /// Any of [`TurnError`].
    pub async fn ask(&mut self, request: Request, patience: Duration) -> Result<Success, TurnError> {
        let mut last = 0;
        for _ in 0..CHALLENGES {
            match self.once(request, Instant::now() + patience).await? {
                Read::Success(success) => return Ok(success),
                Read::Error(code, Some(challenge)) if code == 438 || (code == 401 && self.challenge.is_none()) => {
                    self.challenge = Some(challenge);
                    last = code;
                }
                Read::Error(code, _) => return Err(TurnError::Refused(request.name(), code)),
            }
        }
        Err(TurnError::Refused(request.name(), last))
    }

    /// Asks for a relayed address.
    ///
    /// # Errors
    /// Any of [`TurnError`].
    pub async fn allocate(&mut self, patience: Duration) -> Result<SocketAddr, TurnError> {
        let success = self.ask(Request::Allocate, patience).await?;
        success.relayed.ok_or(TurnError::Stranger)
    }

    /// The answer to a request, which is sent again over UDP.
    async fn once(&mut self, request: Request, end: Instant) -> Result<Read, TurnError> {
        let id = TransactionId::generate();
        let login = self.challenge.as_ref();
        let login = login.map(|challenge| (self.username.as_str(), self.password.as_str(), challenge));
        let bytes = message::write(id, request, login).ok_or(TurnError::Login)?;
        let mut pause = AGAIN;
        loop {
            self.line.send(&bytes).await?;
            let until = match self.line {
                Line::Udp(_) => end.min(Instant::now() + pause),
                Line::Stream(..) => end,
            };
            while let Ok(received) = timeout_at(until, self.line.receive()).await {
                if let Some(read) = message::read(id, request, &received?) {
                    return Ok(read);
                }
            }
            if until >= end {
                return Err(TurnError::Silent);
            }
            pause *= 2;
        }
    }

    /// Sends to the peer of a channel.
    ///
    /// # Errors
    /// [`TurnError::Lost`].
    pub async fn send_channel(&mut self, number: u16, payload: &[u8]) -> Result<(), TurnError> {
        Ok(self.line.send(&channel_data(number, payload)).await?)
    }

    /// Sends to a peer without a channel.
    ///
    /// # Errors
    /// [`TurnError::Lost`].
    pub async fn send(&mut self, peer: SocketAddr, payload: &[u8]) -> Result<(), TurnError> {
        let bytes = message::send_indication(TransactionId::generate(), peer, payload);
        Ok(self.line.send(&bytes).await?)
    }

    /// The next payload of a peer. Dropping the future loses none.
    ///
    /// # Errors
    /// [`TurnError::Lost`] and [`TurnError::Stranger`].
    pub async fn hear(&mut self) -> Result<FromPeer, TurnError> {
        loop {
            if let Some(heard) = message::from_peer(&self.line.receive().await?) {
                return Ok(heard);
            }
        }
    }

    /// The line alone. What was opened stays open until the relay closes it.
    #[must_use]
    pub fn into_line(self) -> Line {
        self.line
    }
}

#[cfg(test)]
mod tests {
    use stun_types::attribute::{ErrorCode, Nonce, Realm, Username};
    use stun_types::message::{LongTermKeyCredentials, Message, MessageWriteVec};
    use stun_types::prelude::*;
    use tokio::net::UdpSocket;

    use super::*;

    /// What a client says that asks somebody who answers with these codes, one after the other.
    async fn answered(codes: &[u16]) -> (TurnError, Vec<Vec<u8>>) {
        let relay = UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
        let line = Line::udp(relay.local_addr().expect("an address"))
            .await
            .expect("a line");
        let mut client = Client::new(line, "ada", "secret");
        let serve = async {
            let mut asked = Vec::new();
            for &code in codes {
                let mut bytes = vec![0; 2_048];
                let (length, from) = relay.recv_from(&mut bytes).await.expect("a request");
                bytes.truncate(length);
                let request = Message::from_bytes(&bytes).expect("a message");
                let mut answer = Message::builder_error(&request, MessageWriteVec::new());
                let error = ErrorCode::builder(code).build().expect("a code");
                answer.add_attribute(&error).expect("it fits");
                answer
                    .add_attribute(&Realm::new("realm").expect("short"))
                    .expect("it fits");
                answer
                    .add_attribute(&Nonce::new("nonce").expect("short"))
                    .expect("it fits");
                // What answers no request of ours is passed over.
                relay.send_to(b"HTTP/1.1 200 OK", from).await.expect("sent");
                relay.send_to(&answer.finish(), from).await.expect("sent");
                asked.push(bytes);
            }
            asked
        };
        let both = async { tokio::join!(client.allocate(Duration::from_secs(20)), serve) };
        let both = tokio::time::timeout(Duration::from_secs(20), both).await;
        let (refused, asked) = both.expect("it is asked as often as it answers");
        (refused.expect_err("refused"), asked)
    }

    #[tokio::test]
    async fn after_a_challenge_the_request_is_signed_with_what_it_told() {
        let (error, asked) = answered(&[401, 401]).await;
        assert_eq!(error.code(), Some(401), "who is asked twice has the wrong credentials");
        let [first, second] = [0, 1].map(|nth: usize| Message::from_bytes(&asked[nth]).expect("a message"));
        assert!(first.attribute::<Username>().is_err());
        let key = LongTermKeyCredentials::new("ada".into(), "secret".into(), "realm".into());
        second.validate_integrity(&key.into()).expect("it is signed");
        assert_eq!(second.attribute::<Nonce>().expect("a nonce").nonce(), "nonce");
    }

    #[tokio::test]
    async fn an_old_nonce_is_no_refusal_and_every_other_error_is() {
        let (error, asked) = answered(&[401, 438, 486]).await;
        assert_eq!(error.to_string(), "Allocate is refused with 486");
        assert_eq!(asked.len(), 3);
        assert_eq!(answered(&[438, 438, 438]).await.0.code(), Some(438), "not for ever");
    }

    #[tokio::test(start_paused = true)]
    async fn who_never_answers_is_asked_again_and_given_up() {
        let relay = UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
        let line = Line::udp(relay.local_addr().expect("an address"))
            .await
            .expect("a line");
        let mut client = Client::new(line, "ada", "secret");
        let error = client.allocate(Duration::from_secs(2)).await.expect_err("silence");
        assert!(matches!(error, TurnError::Silent), "{error}");
        let mut times = 0;
        while relay.try_recv(&mut [0; 2_048]).is_ok() {
            times += 1;
        }
        assert_eq!(times, 4, "after 0, 200, 600 and 1,400 ms");
    }
}
