//! Who is asking?

use std::sync::Arc;
use std::time::Duration;

use stun_types::attribute::{AttributeStaticType as _, ErrorCode, MessageIntegrity, Nonce, Realm, Username};
use stun_types::message::{IntegrityAlgorithm, IntegrityKey, LongTermKeyCredentials};

use super::{Action, Server};
use crate::core::answer::Answer;
use crate::core::request::Request;
use crate::core::seats::Seat;
use crate::core::table::Slot;
use crate::core::tally::bump;
use crate::core::{Client, Now};

/// Who has proven to know a password.
pub(super) struct Authenticated<P> {
    pub(super) slot: Option<Arc<Slot<P>>>,
    pub(super) username: String,
    /// Whose login it is; `None` where nobody sits there.
    pub(super) seat: Option<Arc<Seat>>,
    pub(super) key: IntegrityKey,
    pub(super) nonce_age: Duration,
}

/// Why a request was refused before it was looked at.
pub(super) struct Stranger {
    pub(super) answer: Vec<u8>,
    /// Whether the client has shown a nonce, and so that its address is not forged.
    pub(super) proven: bool,
}

impl<P> Server<P> {
    pub(super) fn answer_stranger<'a>(
        &self,
        now: Now,
        client: Client,
        request: &Request<'_>,
        Stranger { answer, proven }: Stranger,
    ) -> Action<'a, P> {
        let from = client.address.ip();
        if proven || !client.is_datagram() || self.reflection.admits(now, from, request.len(), answer.len()) {
            return Action::Answer(answer);
        }
        bump(&self.tally.silenced);
        Action::None
    }

    /// The long-term credential mechanism (RFC 8489 section 9.2.4). The nonce comes first: without one that was issued to
    /// this address nothing else is worth looking at.
    pub(super) fn authenticate(
        &self,
        now: Now,
        client: Client,
        request: &Request<'_>,
    ) -> Result<Authenticated<P>, Stranger> {
        let challenge = |code, proven| Stranger {
            answer: self.challenge(now, client, request, code),
            proven,
        };
        if !request.has(MessageIntegrity::TYPE) {
            return Err(challenge(ErrorCode::UNAUTHORIZED, false));
        }
        let message = &request.message;
        let (Ok(username), Ok(realm), Ok(nonce)) = (
            message.attribute::<Username>(),
            message.attribute::<Realm>(),
            message.attribute::<Nonce>(),
        ) else {
            return Err(Stranger {
                answer: Answer::short_error(request, ErrorCode::BAD_REQUEST).finish(None),
                proven: false,
            });
        };
        let Some(nonce_age) = self.nonces.age(now, client.address, nonce.nonce()) else {
            return Err(challenge(ErrorCode::STALE_NONCE, false));
        };
        let username = username.username().to_owned();
        let seat = self.seats.get(&username);
        let key = match &seat {
            Some(seat) => self.key(seat).clone(),
            None => self.make_key(&username),
        };
        if realm.realm() != self.settings.realm || message.validate_integrity_with_key(&key).is_err() {
            return Err(challenge(ErrorCode::UNAUTHORIZED, true));
        }
        Ok(Authenticated {
            slot: self.slot(now, &client),
            username,
            seat,
            key,
            nonce_age,
        })
    }

    /// 401 or 438, as small as can be.
    pub(super) fn challenge(&self, now: Now, client: Client, request: &Request<'_>, code: u16) -> Vec<u8> {
        let nonce = self.nonces.issue(now, client.address);
        Answer::short_error(request, code)
            .with(&Realm::new(&self.settings.realm).expect("a realm of 64 bytes at most"))
            .with(&Nonce::new(&nonce).expect("a nonce of 12 bytes"))
            .finish(None)
    }

    pub(super) fn key<'s>(&self, seat: &'s Seat) -> &'s IntegrityKey {
        seat.key(|| self.make_key(seat.name()))
    }

    fn make_key(&self, username: &str) -> IntegrityKey {
        let password = self.credentials.password(username);
        LongTermKeyCredentials::new(username.to_owned(), password, self.settings.realm.clone())
            .make_key(IntegrityAlgorithm::Sha1)
    }
}
