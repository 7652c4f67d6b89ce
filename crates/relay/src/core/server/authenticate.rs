//! Who is asking?

use std::sync::Arc;

use stun_types::attribute::{AttributeStaticType as _, ErrorCode, MessageIntegrity, Nonce, Realm, Username};
use stun_types::message::{IntegrityAlgorithm, IntegrityKey, LongTermKeyCredentials};

use super::{Action, Server};
use crate::core::answer::Answer;
use crate::core::credential::parse as parse_username;
use crate::core::request::Request;
use crate::core::table::Slot;
use crate::core::tally::bump;
use crate::core::{Client, Now};

/// Who has proven to know a password.
pub(super) struct Authenticated<P> {
    pub(super) slot: Option<Arc<Slot<P>>>,
    pub(super) username: Arc<str>,
    pub(super) key: IntegrityKey,
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
        if !self.nonces.check(now, client.address, nonce.nonce()) {
            return Err(challenge(ErrorCode::STALE_NONCE, false));
        }
        let unauthorized = || challenge(ErrorCode::UNAUTHORIZED, true);
        let username = username.username();
        if realm.realm() != self.settings.realm || parse_username(username).is_none() {
            return Err(unauthorized());
        }
        let slot = self.slot(now, &client);
        let known = slot.as_ref().and_then(|slot| {
            let allocation = slot.allocation();
            (&*allocation.username == username).then(|| (Arc::clone(&allocation.username), allocation.key.clone()))
        });
        let (username, key) = known.unwrap_or_else(|| (Arc::from(username), self.key(username)));
        if message.validate_integrity_with_key(&key).is_err() {
            return Err(unauthorized());
        }
        Ok(Authenticated { slot, username, key })
    }

    /// 401 or 438, as small as can be.
    pub(super) fn challenge(&self, now: Now, client: Client, request: &Request<'_>, code: u16) -> Vec<u8> {
        let nonce = self.nonces.issue(now, client.address);
        Answer::short_error(request, code)
            .with(&Realm::new(&self.settings.realm).expect("a realm of 64 bytes at most"))
            .with(&Nonce::new(&nonce).expect("a nonce of 12 bytes"))
            .finish(None)
    }

    pub(super) fn key(&self, username: &str) -> IntegrityKey {
        let password = self.credentials.password(username);
        LongTermKeyCredentials::new(username.to_owned(), password, self.settings.realm.clone())
            .make_key(IntegrityAlgorithm::Sha1)
    }
}
