//! What an allocation's owner can ask for.

use std::sync::Arc;
use std::time::Duration;

use stun_types::attribute::{ErrorCode, UnknownAttributes};

use super::authenticate::Authenticated;
use super::{Action, Server};
use crate::core::allocation::granted;
use crate::core::answer::Answer;
use crate::core::channel::{NUMBERS, NotBound};
use crate::core::request::{Malformed, Request};
use crate::core::table::Slot;
use crate::core::tally::bump;
use crate::core::turn::{
    ALLOCATE, CHANNEL_NUMBER, CREATE_PERMISSION, Family, LIFETIME, REFRESH, REQUESTED_ADDRESS_FAMILY, read_channel,
    read_first, read_u32,
};
use crate::core::{Client, Now};

/// The code of an error.
#[derive(Debug)]
pub(super) struct Code(pub(super) u16);

impl From<Malformed> for Code {
    fn from(_: Malformed) -> Self {
        Self(ErrorCode::BAD_REQUEST)
    }
}

/// The allocation, and that it is the asker's.
fn own<P>(who: &Authenticated<P>) -> Result<&Arc<Slot<P>>, Code> {
    let slot = who.slot.as_ref().ok_or(Code(ErrorCode::ALLOCATION_MISMATCH))?;
    if slot.allocation().username != who.username {
        return Err(Code(ErrorCode::WRONG_CREDENTIALS));
    }
    Ok(slot)
}

impl<P> Server<P> {
    pub(super) fn authenticated<'a>(
        &self,
        now: Now,
        client: Client,
        request: &Request<'_>,
        who: Authenticated<P>,
    ) -> Action<'a, P> {
        let key = who.key.clone();
        let refuse = |answer: Answer<'_>| {
            bump(&self.tally.refused);
            Action::Answer(answer.finish(Some(&key)))
        };
        if let Some(unknown) = request.unknown() {
            return refuse(unknown_attributes(request, &unknown));
        }
        let done = match request.message.method() {
            ALLOCATE => match self.allocate(now, client, request, who) {
                Ok(Some(action)) => return action,
                Ok(None) => {
                    // Expired or revoked. It is what somebody gets who has no credentials: fetch new ones.
                    bump(&self.tally.refused);
                    return Action::Answer(self.challenge(now, client, request, ErrorCode::UNAUTHORIZED));
                }
                Err(code) => Err(code),
            },
            REFRESH => self.refresh(now, request, &who),
            CREATE_PERMISSION => self.create_permission(now, request, &who),
            _ => self.channel_bind(now, request, &who),
        };
        match done {
            Ok(answer) => Action::Answer(answer.finish(Some(&key))),
            Err(Code(code)) => refuse(Answer::error(request, code)),
        }
    }

    /// RFC 8656 section 8.2.
    fn refresh<'a>(&self, now: Now, request: &'a Request<'a>, who: &Authenticated<P>) -> Result<Answer<'a>, Code> {
        let slot = own(who)?;
        let family = request.get(REQUESTED_ADDRESS_FAMILY, read_first)?;
        if family.is_some_and(|byte| Family::from_byte(byte) != Some(Family::of(slot.relayed()))) {
            return Err(Code(ErrorCode::PEER_ADDRESS_FAMILY_MISMATCH));
        }
        let lifetime = match request.get(LIFETIME, read_u32)? {
            Some(0) => {
                self.close(slot);
                Duration::ZERO
            }
            requested => {
                let lifetime = granted(requested);
                slot.allocation().expires = now + lifetime;
                lifetime
            }
        };
        Ok(Answer::success(request).with_lifetime(lifetime))
    }

    /// RFC 8656 section 10.2. The port is ignored, as it must be: whether there is an allocation at an address is looked up when
    /// something is sent there. Firefox asks once for all ports of an address, and with whichever peer came first; a refusal because
    /// of that one's port would hold for those to come.
    ///
    /// Every refusal of a peer is 403, also where the RFC has 443: after any other code Firefox gives up its allocation.
    fn create_permission<'a>(
        &self,
        now: Now,
        request: &'a Request<'a>,
        who: &Authenticated<P>,
    ) -> Result<Answer<'a>, Code> {
        let slot = own(who)?;
        let peers = request.peers()?;
        if peers.is_empty() {
            return Err(Code(ErrorCode::BAD_REQUEST));
        }
        // All allocations of a family have one address, and the asker's own is among them.
        if peers.iter().any(|peer| peer.ip() != slot.relayed().ip()) {
            return Err(Code(ErrorCode::FORBIDDEN));
        }
        slot.allocation().permission.renew(now);
        Ok(Answer::success(request))
    }

    /// RFC 8656 section 12.2.
    fn channel_bind<'a>(&self, now: Now, request: &'a Request<'a>, who: &Authenticated<P>) -> Result<Answer<'a>, Code> {
        let slot = own(who)?;
        let number = request.get(CHANNEL_NUMBER, read_channel)?.ok_or(Malformed)?;
        let peer = request.peer()?.ok_or(Malformed)?;
        if !NUMBERS.contains(&number) {
            return Err(Code(ErrorCode::BAD_REQUEST));
        }
        let reached = self.reached(slot, peer);
        if !reached.is_some_and(|to| to.allocation().is_open(now)) {
            return Err(Code(ErrorCode::FORBIDDEN));
        }
        let mut allocation = slot.allocation();
        allocation
            .channels
            .check(now, number, peer, self.settings.channels)
            .map_err(|not| match not {
                NotBound::Conflict => Code(ErrorCode::BAD_REQUEST),
                NotBound::Full => Code(ErrorCode::INSUFFICIENT_CAPACITY),
            })?;
        allocation.permission.renew(now);
        allocation.channels.bind(now, number, peer);
        drop(allocation);
        Ok(Answer::success(request))
    }
}

pub(super) fn unknown_attributes<'a>(request: &'a Request<'a>, unknown: &UnknownAttributes) -> Answer<'a> {
    Answer::short_error(request, ErrorCode::UNKNOWN_ATTRIBUTE).with(unknown)
}
